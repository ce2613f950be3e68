;; Looks at the codes and ids of the records of a survey: those of all records, of which a choice may leave few.
(module
  (memory (import "caller" "memory") 1)

  ;; How many rows the last `keep` has kept, with those before.
  (global $passed (export "passed") (mut i32) (i32.const 0))

  ;; Writes `count` rows to `rows`, i32: `first` and those behind it.
  (func (export "number") (param $rows i32) (param $first i32) (param $count i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $first) (local.get $count)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_s (local.get $first) (local.get $end)))
        (i32.store (local.get $rows) (local.get $first))
        (local.set $rows (i32.add (local.get $rows) (i32.const 4)))
        (local.set $first (i32.add (local.get $first) (i32.const 1)))
        (br $next))))

  ;; Of `count` rows, i32 at `rows`, from the one at place `at` on, keeps those of whose code there is a verdict of 2; they are put
  ;; behind the `kept` ones that are at the start. A row's code is at `codes`, `stride` bytes behind that of the row before. The
  ;; verdict of a code from `least` on is a byte at `verdicts`, of which there are `known`. Stops at a code that is not
  ;; among these, or whose verdict is 0; gives its place.
  (func (export "keep")
    (param $rows i32) (param $at i32) (param $count i32) (param $kept i32) (param $codes i32) (param $stride i32)
    (param $verdicts i32) (param $least i32) (param $known i32)
    (result i32)
    (local $row i32)
    (local $code i32)
    (local $verdict i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $count)))
        (local.set $row (i32.load (i32.add (local.get $rows) (i32.shl (local.get $at) (i32.const 2)))))
        (local.set $code
          (i32.sub
            (i32.load (i32.add (local.get $codes) (i32.mul (local.get $row) (local.get $stride))))
            (local.get $least)))
        (br_if $done (i32.ge_u (local.get $code) (local.get $known)))
        (local.set $verdict (i32.load8_u (i32.add (local.get $verdicts) (local.get $code))))
        (br_if $done (i32.eqz (local.get $verdict)))
        (i32.store (i32.add (local.get $rows) (i32.shl (local.get $kept) (i32.const 2))) (local.get $row))
        (local.set $kept (i32.add (local.get $kept) (i32.eq (local.get $verdict) (i32.const 2))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (global.set $passed (local.get $kept))
    (local.get $at))

  ;; Of the f64 from `at` up to `end`, where the first is that is no whole number from 1 up to below `most`, or not greater than
  ;; the one before it, which is `last` for the first.
  (func (export "rising") (param $at i32) (param $end i32) (param $last f64) (param $most f64) (result i32)
    (local $number f64)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $number (f64.load (local.get $at)))
        ;; None of these is true of NaN.
        (br_if $done (i32.eqz (f64.gt (local.get $number) (local.get $last))))
        (br_if $done (i32.eqz (f64.ge (local.get $number) (f64.const 1))))
        (br_if $done (i32.eqz (f64.lt (local.get $number) (local.get $most))))
        (br_if $done (f64.ne (f64.floor (local.get $number)) (local.get $number)))
        (local.set $last (local.get $number))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br $next)))
    (local.get $at)))
