;; Numbers the values of a column, packs the numbers and writes their runs, and what they stand for: the inner loops of writing
;; Parquet.
(module
  (memory (import "caller" "memory") 1)

  ;; The first value that was not looked at.
  (global $stopped (export "stopped") (mut i32) (i32.const 0))
  ;; Nulls are added to it.
  (global $nulls (export "nulls") (mut i32) (i32.const 0))
  ;; The least and the greatest number that `plain` or `bounds` has met.
  (global $minimum (export "minimum") (mut f64) (f64.const 0))
  (global $maximum (export "maximum") (mut f64) (f64.const 0))
  ;; The same of the texts that `plainTexts` has met, as rows.
  (global $least (export "least") (mut i32) (i32.const 0))
  (global $greatest (export "greatest") (mut i32) (i32.const 0))

  ;; From `at` up to `end` there are f64. Puts the index of each among those that are distinct, in order of first appearance, to
  ;; `indices`, i32, -1 for NaN. Numbers are told apart by their bits, but -0 is 0. `count` distinct ones are at `distinct`,
  ;; f64, where others are put behind them. `table` is a hash table of them with 2 to the power of `bits` places: an i32 each,
  ;; one more than the index, 0 where there is none. Gives how many distinct ones there are then.
  ;;
  ;; Stops where the table would become more than half full; `stopped` is where.
  (func (export "indexNumbers")
    (param $at i32) (param $end i32) (param $table i32) (param $bits i32) (param $distinct i32) (param $count i32)
    (param $indices i32)
    (result i32)
    (local $value f64)
    (local $own i64)
    (local $last i64)
    (local $index i32)
    (local $lastIndex i32)
    (local $place i32)
    (local $mask i32)
    (local $entry i32)
    (local $shift i64)
    (local $most i32)
    (local.set $mask (i32.sub (i32.shl (i32.const 1) (local.get $bits)) (i32.const 1)))
    (local.set $most (i32.shr_u (i32.add (local.get $mask) (i32.const 1)) (i32.const 1)))
    (local.set $shift (i64.sub (i64.const 64) (i64.extend_i32_u (local.get $bits))))
    ;; No number has these bits: they are a NaN's.
    (local.set $last (i64.const -1))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        ;; -0 and 0 make 0.
        (local.set $value (f64.add (f64.load (local.get $at)) (f64.const 0)))
        (if (f64.ne (local.get $value) (local.get $value))
          (then
            (global.set $nulls (i32.add (global.get $nulls) (i32.const 1)))
            (local.set $index (i32.const -1)))
          (else
            (local.set $own (i64.reinterpret_f64 (local.get $value)))
            ;; The same number comes often several times in a row.
            (if (i64.ne (local.get $own) (local.get $last))
              (then
                (local.set $place
                  (i32.wrap_i64
                    (i64.shr_u
                      (i64.mul
                        (i64.xor (local.get $own) (i64.shr_u (local.get $own) (i64.const 32)))
                        (i64.const 0x9e3779b97f4a7c15))
                      (local.get $shift))))
                (block $found
                  (loop $probe
                    (local.set $entry (i32.add (local.get $table) (i32.shl (local.get $place) (i32.const 2))))
                    (local.set $lastIndex (i32.sub (i32.load (local.get $entry)) (i32.const 1)))
                    (if (i32.eq (local.get $lastIndex) (i32.const -1))
                      (then
                        (br_if $done (i32.eq (local.get $count) (local.get $most)))
                        (local.set $lastIndex (local.get $count))
                        (f64.store
                          (i32.add (local.get $distinct) (i32.shl (local.get $count) (i32.const 3)))
                          (local.get $value))
                        (local.set $count (i32.add (local.get $count) (i32.const 1)))
                        (i32.store (local.get $entry) (local.get $count))
                        (br $found)))
                    (br_if $found
                      (i64.eq
                        (i64.load (i32.add (local.get $distinct) (i32.shl (local.get $lastIndex) (i32.const 3))))
                        (local.get $own)))
                    (local.set $place (i32.and (i32.add (local.get $place) (i32.const 1)) (local.get $mask)))
                    (br $probe)))
                (local.set $last (local.get $own))))
            (local.set $index (local.get $lastIndex))))
        (i32.store (local.get $indices) (local.get $index))
        (local.set $indices (i32.add (local.get $indices) (i32.const 4)))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br $next)))
    (global.set $stopped (local.get $at))
    (local.get $count))

  ;; The same for i32, of which `null` is -1.
  (func (export "indexIntegers")
    (param $at i32) (param $end i32) (param $table i32) (param $bits i32) (param $distinct i32) (param $count i32)
    (param $indices i32) (param $null i32)
    (result i32)
    (local $value i32)
    (local $last i32)
    (local $index i32)
    (local $place i32)
    (local $mask i32)
    (local $entry i32)
    (local $shift i32)
    (local $most i32)
    (local.set $mask (i32.sub (i32.shl (i32.const 1) (local.get $bits)) (i32.const 1)))
    (local.set $most (i32.shr_u (i32.add (local.get $mask) (i32.const 1)) (i32.const 1)))
    (local.set $shift (i32.sub (i32.const 32) (local.get $bits)))
    (local.set $last (local.get $null))
    (local.set $index (i32.const -1))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $value (i32.load (local.get $at)))
        (if (i32.ne (local.get $value) (local.get $last))
          (then
            (block $found
              (if (i32.eq (local.get $value) (local.get $null))
                (then
                  (local.set $index (i32.const -1))
                  (br $found)))
              (local.set $place
                (i32.shr_u (i32.mul (local.get $value) (i32.const 0x9e3779b1)) (local.get $shift)))
              (loop $probe
                (local.set $entry (i32.add (local.get $table) (i32.shl (local.get $place) (i32.const 2))))
                (local.set $index (i32.sub (i32.load (local.get $entry)) (i32.const 1)))
                (if (i32.eq (local.get $index) (i32.const -1))
                  (then
                    (br_if $done (i32.eq (local.get $count) (local.get $most)))
                    (local.set $index (local.get $count))
                    (i32.store
                      (i32.add (local.get $distinct) (i32.shl (local.get $count) (i32.const 2)))
                      (local.get $value))
                    (local.set $count (i32.add (local.get $count) (i32.const 1)))
                    (i32.store (local.get $entry) (local.get $count))
                    (br $found)))
                (br_if $found
                  (i32.eq
                    (i32.load (i32.add (local.get $distinct) (i32.shl (local.get $index) (i32.const 2))))
                    (local.get $value)))
                (local.set $place (i32.and (i32.add (local.get $place) (i32.const 1)) (local.get $mask)))
                (br $probe)))
            (local.set $last (local.get $value))))
        (if (i32.eq (local.get $index) (i32.const -1))
          (then (global.set $nulls (i32.add (global.get $nulls) (i32.const 1)))))
        (i32.store (local.get $indices) (local.get $index))
        (local.set $indices (i32.add (local.get $indices) (i32.const 4)))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br $next)))
    (global.set $stopped (local.get $at))
    (local.get $count))

  ;; Packs the i32 from `at` up to `end`, none below 0, into `width` bits each, the first in the lowest bits, to `out`; up to
  ;; eight bytes behind the last are written, zeros.
  (func (export "pack") (param $at i32) (param $end i32) (param $width i32) (param $out i32)
    (local $bits i64)
    (local $held i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $bits
          (i64.or
            (local.get $bits)
            (i64.shl (i64.load32_u (local.get $at)) (i64.extend_i32_u (local.get $held)))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (local.set $held (i32.add (local.get $held) (local.get $width)))
        (if (i32.ge_u (local.get $held) (i32.const 32))
          (then
            (i32.store (local.get $out) (i32.wrap_i64 (local.get $bits)))
            (local.set $out (i32.add (local.get $out) (i32.const 4)))
            (local.set $bits (i64.shr_u (local.get $bits) (i64.const 32)))
            (local.set $held (i32.sub (local.get $held) (i32.const 32)))))
        (br $next)))
    (i64.store (local.get $out) (local.get $bits)))

  ;; Writes the f64 from `at` up to `end` to `out` without those that are NaN, and tells their bounds, which are Infinity and
  ;; -Infinity where there are none. Gives where they end.
  (func $plain (export "plain") (param $at i32) (param $end i32) (param $out i32) (result i32)
    (local $value f64)
    (local $minimum f64)
    (local $maximum f64)
    (local.set $minimum (f64.const inf))
    (local.set $maximum (f64.const -inf))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        ;; -0 and 0 make 0, as in a dictionary.
        (local.set $value (f64.add (f64.load (local.get $at)) (f64.const 0)))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br_if $next (f64.ne (local.get $value) (local.get $value)))
        (f64.store (local.get $out) (local.get $value))
        (local.set $out (i32.add (local.get $out) (i32.const 8)))
        (local.set $minimum (f64.min (local.get $minimum) (local.get $value)))
        (local.set $maximum (f64.max (local.get $maximum) (local.get $value)))
        (br $next)))
    (global.set $minimum (local.get $minimum))
    (global.set $maximum (local.get $maximum))
    (local.get $out))

  ;; Tells the bounds alone.
  (func (export "bounds") (param $at i32) (param $end i32)
    (drop (call $plain (local.get $at) (local.get $end) (local.get $at))))

  ;; Of `count` values, i32, each with a count of rows, i32, writes runs to `out`: a header, which is the rows of the run doubled,
  ;; and the value in `width` bytes. Neighbours of the same value are one run; values below 0 are passed over. Gives where they
  ;; end.
  (func (export "writeRuns")
    (param $values i32) (param $counts i32) (param $count i32) (param $width i32) (param $out i32) (result i32)
    (local $end i32)
    (local $value i32)
    (local $run i32)
    (local $rows i32)
    (local.set $end (i32.add (local.get $values) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $values) (local.get $end)))
        (local.set $value (i32.load (local.get $values)))
        (if (i32.ge_s (local.get $value) (i32.const 0))
          (then
            (if (i32.ne (local.get $value) (local.get $run))
              (then
                (local.set $out
                  (call $writeRun (local.get $out) (local.get $run) (local.get $rows) (local.get $width)))
                (local.set $run (local.get $value))
                (local.set $rows (i32.const 0))))
            (local.set $rows (i32.add (local.get $rows) (i32.load (local.get $counts))))))
        (local.set $values (i32.add (local.get $values) (i32.const 4)))
        (local.set $counts (i32.add (local.get $counts) (i32.const 4)))
        (br $next)))
    (call $writeRun (local.get $out) (local.get $run) (local.get $rows) (local.get $width)))

  ;; The same of their definition levels: 0 for a value below 0, else 1. Each is one row where `counts` is 0. The rows of those
  ;; below 0 are added to `nulls`.
  (func (export "writeLevels")
    (param $values i32) (param $counts i32) (param $count i32) (param $out i32) (result i32)
    (local $end i32)
    (local $level i32)
    (local $run i32)
    (local $rows i32)
    (local $own i32)
    (local.set $end (i32.add (local.get $values) (i32.shl (local.get $count) (i32.const 2))))
    (local.set $own (i32.const 1))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $values) (local.get $end)))
        (local.set $level (i32.ge_s (i32.load (local.get $values)) (i32.const 0)))
        (if (local.get $counts)
          (then
            (local.set $own (i32.load (local.get $counts)))
            (local.set $counts (i32.add (local.get $counts) (i32.const 4)))))
        (if (i32.ne (local.get $level) (local.get $run))
          (then
            (local.set $out
              (call $writeRun (local.get $out) (local.get $run) (local.get $rows) (i32.const 1)))
            (local.set $run (local.get $level))
            (local.set $rows (i32.const 0))))
        (local.set $rows (i32.add (local.get $rows) (local.get $own)))
        (if (i32.eqz (local.get $level))
          (then (global.set $nulls (i32.add (global.get $nulls) (local.get $own)))))
        (local.set $values (i32.add (local.get $values) (i32.const 4)))
        (br $next)))
    (call $writeRun (local.get $out) (local.get $run) (local.get $rows) (i32.const 1)))

  ;; Writes a run where it has rows; gives where it ends.
  (func $writeRun (param $out i32) (param $value i32) (param $rows i32) (param $width i32) (result i32)
    (if (i32.eqz (local.get $rows)) (then (return (local.get $out))))
    (local.set $rows (i32.shl (local.get $rows) (i32.const 1)))
    (loop $nextByte
      (if (i32.gt_u (local.get $rows) (i32.const 0x7f))
        (then
          (i32.store8 (local.get $out) (i32.or (local.get $rows) (i32.const 0x80)))
          (local.set $out (i32.add (local.get $out) (i32.const 1)))
          (local.set $rows (i32.shr_u (local.get $rows) (i32.const 7)))
          (br $nextByte))))
    (i32.store8 (local.get $out) (local.get $rows))
    ;; Bytes behind those of the value are written over.
    (i32.store offset=1 align=1 (local.get $out) (local.get $value))
    (i32.add (i32.add (local.get $out) (i32.const 1)) (local.get $width)))

  ;; Plain encoding of the texts of `count` rows, i32 at `rows`, to `out`: each after its length in four bytes. The text of a row
  ;; is at `bytes`, from its offset, i32 at `offsets`, up to the next one's. Finds the rows with the least and the greatest of
  ;; them, in the order of their bytes. Gives where the texts end.
  (func (export "plainTexts")
    (param $rows i32) (param $count i32) (param $offsets i32) (param $bytes i32) (param $out i32) (result i32)
    (local $end i32)
    (local $row i32)
    (local $at i32)
    (local $stop i32)
    (local.set $end (i32.add (local.get $rows) (i32.shl (local.get $count) (i32.const 2))))
    (global.set $least (i32.load (local.get $rows)))
    (global.set $greatest (global.get $least))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $rows) (local.get $end)))
        (local.set $row (i32.load (local.get $rows)))
        (local.set $at (call $textAt (local.get $row) (local.get $offsets) (local.get $bytes)))
        (local.set $stop (call $textAt (i32.add (local.get $row) (i32.const 1)) (local.get $offsets) (local.get $bytes)))
        (i32.store align=1 (local.get $out) (i32.sub (local.get $stop) (local.get $at)))
        (local.set $out (i32.add (local.get $out) (i32.const 4)))
        (block $copied
          (loop $nextByte
            (br_if $copied (i32.ge_u (local.get $at) (local.get $stop)))
            (i32.store8 (local.get $out) (i32.load8_u (local.get $at)))
            (local.set $out (i32.add (local.get $out) (i32.const 1)))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br $nextByte)))
        (if (call $isLess (local.get $row) (global.get $least) (local.get $offsets) (local.get $bytes))
          (then (global.set $least (local.get $row)))
          (else
            (if (call $isLess (global.get $greatest) (local.get $row) (local.get $offsets) (local.get $bytes))
              (then (global.set $greatest (local.get $row))))))
        (local.set $rows (i32.add (local.get $rows) (i32.const 4)))
        (br $next)))
    (local.get $out))

  ;; Where the text of a row begins.
  (func $textAt (param $row i32) (param $offsets i32) (param $bytes i32) (result i32)
    (i32.add
      (local.get $bytes)
      (i32.load (i32.add (local.get $offsets) (i32.shl (local.get $row) (i32.const 2))))))

  ;; Whether the text of one row comes before that of another.
  (func $isLess (param $left i32) (param $right i32) (param $offsets i32) (param $bytes i32) (result i32)
    (local $at i32)
    (local $stop i32)
    (local $other i32)
    (local $otherStop i32)
    (local $difference i32)
    (local.set $at (call $textAt (local.get $left) (local.get $offsets) (local.get $bytes)))
    (local.set $stop (call $textAt (i32.add (local.get $left) (i32.const 1)) (local.get $offsets) (local.get $bytes)))
    (local.set $other (call $textAt (local.get $right) (local.get $offsets) (local.get $bytes)))
    (local.set $otherStop (call $textAt (i32.add (local.get $right) (i32.const 1)) (local.get $offsets) (local.get $bytes)))
    (loop $next
      (if (i32.eq (local.get $other) (local.get $otherStop)) (then (return (i32.const 0))))
      (if (i32.eq (local.get $at) (local.get $stop)) (then (return (i32.const 1))))
      (local.set $difference (i32.sub (i32.load8_u (local.get $at)) (i32.load8_u (local.get $other))))
      (if (local.get $difference) (then (return (i32.lt_s (local.get $difference) (i32.const 0)))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $other (i32.add (local.get $other) (i32.const 1)))
      (br $next))
    (unreachable)))
