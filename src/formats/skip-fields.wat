;; Passes over fields of delimited text, sixteen bytes at a time: the inner loop of the scanner wherever cells are not
;; wanted, which is most of a survey file. JavaScript has no instructions that compare sixteen bytes at once.
(module
  ;; Address 0: how many fields are still to be passed over, as an i32. From 16: the text.
  (memory (import "caller" "memory") 1)

  ;; From `position`, which must be outside quotes, passes over at most `left` (1 or more) cells that each end with `delimiter`.
  ;; Gives the position behind the last delimiter, or that of the first line feed or quote before it. Up to fifteen
  ;; bytes behind that line feed are read.
  (func (export "skip") (param $position i32) (param $left i32) (param $delimiter i32) (result i32)
    (local $bytes v128)
    (local $stops i32)
    (local $ends i32)
    (local $count i32)
    (loop $next
      (local.set $bytes (v128.load (local.get $position)))
      ;; A bit for each byte, the first byte's the lowest.
      (local.set $ends (i8x16.bitmask (i8x16.eq (local.get $bytes) (i8x16.splat (local.get $delimiter)))))
      (local.set $stops
        (i8x16.bitmask
          (v128.or
            (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x0a)))
            (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x22))))))
      ;; Only what stands before the first stop counts: the bits below its own.
      (if (local.get $stops)
        (then
          (local.set $ends
            (i32.and (local.get $ends)
              (i32.and
                (i32.sub (local.get $stops) (i32.const 1))
                (i32.xor (local.get $stops) (i32.const -1)))))))
      (local.set $count (i32.popcnt (local.get $ends)))
      (if (i32.ge_u (local.get $count) (local.get $left))
        (then
          ;; The last field ends here: take out the delimiters before its own.
          (block $found
            (loop $drop
              (local.set $left (i32.sub (local.get $left) (i32.const 1)))
              (br_if $found (i32.eqz (local.get $left)))
              (local.set $ends (i32.and (local.get $ends) (i32.sub (local.get $ends) (i32.const 1))))
              (br $drop)))
          (i32.store (i32.const 0) (i32.const 0))
          (return (i32.add (local.get $position) (i32.add (i32.ctz (local.get $ends)) (i32.const 1))))))
      (local.set $left (i32.sub (local.get $left) (local.get $count)))
      (if (local.get $stops)
        (then
          (i32.store (i32.const 0) (local.get $left))
          (return (i32.add (local.get $position) (i32.ctz (local.get $stops))))))
      (local.set $position (i32.add (local.get $position) (i32.const 16)))
      (br $next))
    unreachable))
