;; Snappy's block format (google/snappy, format_description.txt), one piece of the input after the other: literals, and copies
;; of what stood before in the same piece. `snappy.ts` calls it.
(module
  (memory (import "caller" "memory") 1)

  ;; Compresses the bytes from `start` up to `end`, no more than 65,536, and writes to `out`; gives where that ends. The `table`
  ;; of what was seen is a u16 for each hash of `hashBits` bits. Up to fifteen bytes behind `end`, and behind what is written, are read or written too.
  (func (export "compressPiece")
    (param $table i32) (param $start i32) (param $end i32) (param $out i32) (param $hashBits i32)
    (result i32)
    (local $literal i32)
    (local $last i32)
    (local $shift i32)
    (local $at i32)
    (local $skip i32)
    (local $word i32)
    (local $slot i32)
    (local $candidate i32)
    (local $matched i32)
    (local $offset i32)
    (local $difference i64)
    (local.set $literal (local.get $start))
    ;; A match is not begun so near the end that four bytes could not be read there.
    (local.set $last (i32.sub (local.get $end) (i32.const 15)))
    (if (i32.lt_s (local.get $start) (local.get $last))
      (then
        (memory.fill (local.get $table) (i32.const 0) (i32.shl (i32.const 2) (local.get $hashBits)))
        (local.set $shift (i32.sub (i32.const 32) (local.get $hashBits)))
        (local.set $at (i32.add (local.get $start) (i32.const 1)))
        (local.set $skip (i32.const 32))
        (block $done
          (loop $next
            (br_if $done (i32.ge_u (local.get $at) (local.get $last)))
            (local.set $word (i32.load (local.get $at)))
            (local.set $slot
              (i32.add (local.get $table)
                (i32.shl
                  (i32.shr_u (i32.mul (local.get $word) (i32.const 0x1e35a7bd)) (local.get $shift))
                  (i32.const 1))))
            (local.set $candidate (i32.add (local.get $start) (i32.load16_u (local.get $slot))))
            (i32.store16 (local.get $slot) (i32.sub (local.get $at) (local.get $start)))
            (if
              (i32.or
                (i32.ge_u (local.get $candidate) (local.get $at))
                (i32.ne (i32.load (local.get $candidate)) (local.get $word)))
              (then
                ;; Bytes that match nothing are passed over faster the longer it goes on so.
                (local.set $at (i32.add (local.get $at) (i32.shr_u (local.get $skip) (i32.const 5))))
                (local.set $skip (i32.add (local.get $skip) (i32.const 1)))
                (br $next)))
            (if (i32.gt_u (local.get $at) (local.get $literal))
              (then (local.set $out (call $writeLiteral (local.get $literal) (local.get $at) (local.get $out)))))
            (local.set $offset (i32.sub (local.get $at) (local.get $candidate)))
            (local.set $matched (i32.add (local.get $at) (i32.const 4)))
            (block $compared
              (loop $compare
                (local.set $difference
                  (i64.xor
                    (i64.load (local.get $matched))
                    (i64.load (i32.sub (local.get $matched) (local.get $offset)))))
                (if (i64.ne (local.get $difference) (i64.const 0))
                  (then
                    (local.set $matched
                      (i32.add (local.get $matched)
                        (i32.shr_u (i32.wrap_i64 (i64.ctz (local.get $difference))) (i32.const 3))))
                    (br $compared)))
                (local.set $matched (i32.add (local.get $matched) (i32.const 8)))
                (br_if $compare (i32.lt_u (local.get $matched) (local.get $end)))))
            (if (i32.gt_u (local.get $matched) (local.get $end)) (then (local.set $matched (local.get $end))))
            (local.set $out
              (call $writeCopy
                (local.get $out)
                (local.get $offset)
                (i32.sub (local.get $matched) (local.get $at))))
            (local.set $at (local.get $matched))
            (local.set $literal (local.get $matched))
            (local.set $skip (i32.const 32))
            (br_if $done (i32.ge_u (local.get $at) (local.get $last)))
            (i32.store16
              (i32.add (local.get $table)
                (i32.shl
                  (i32.shr_u
                    (i32.mul (i32.load (i32.sub (local.get $at) (i32.const 1))) (i32.const 0x1e35a7bd))
                    (local.get $shift))
                  (i32.const 1)))
              (i32.sub (i32.sub (local.get $at) (i32.const 1)) (local.get $start)))
            (br $next)))))
    (if (result i32) (i32.lt_u (local.get $literal) (local.get $end))
      (then (call $writeLiteral (local.get $literal) (local.get $end) (local.get $out)))
      (else (local.get $out))))

  ;; Writes the bytes from `from` up to `to` as they are; gives where that ends.
  (func $writeLiteral (param $from i32) (param $to i32) (param $out i32) (result i32)
    (local $stored i32)
    (local $outEnd i32)
    (local.set $stored (i32.sub (i32.sub (local.get $to) (local.get $from)) (i32.const 1)))
    (if (i32.lt_u (local.get $stored) (i32.const 60))
      (then
        (i32.store8 (local.get $out) (i32.shl (local.get $stored) (i32.const 2)))
        (local.set $out (i32.add (local.get $out) (i32.const 1))))
      (else
        (if (i32.lt_u (local.get $stored) (i32.const 0x100))
          (then
            (i32.store8 (local.get $out) (i32.const 240))
            (i32.store8 offset=1 (local.get $out) (local.get $stored))
            (local.set $out (i32.add (local.get $out) (i32.const 2))))
          (else
            (i32.store8 (local.get $out) (i32.const 244))
            (i32.store16 offset=1 (local.get $out) (local.get $stored))
            (local.set $out (i32.add (local.get $out) (i32.const 3)))))))
    (local.set $outEnd (i32.add (local.get $out) (i32.add (local.get $stored) (i32.const 1))))
    (loop $copy
      (v128.store (local.get $out) (v128.load (local.get $from)))
      (local.set $from (i32.add (local.get $from) (i32.const 16)))
      (local.set $out (i32.add (local.get $out) (i32.const 16)))
      (br_if $copy (i32.lt_u (local.get $out) (local.get $outEnd))))
    (local.get $outEnd))

  ;; Writes that `length` bytes, 4 or more, are those `offset` before them; gives where that ends.
  (func $writeCopy (param $out i32) (param $offset i32) (param $length i32) (result i32)
    (block $short
      (loop $next
        (br_if $short (i32.lt_u (local.get $length) (i32.const 68)))
        (local.set $out (call $writeLongCopy (local.get $out) (local.get $offset) (i32.const 64)))
        (local.set $length (i32.sub (local.get $length) (i32.const 64)))
        (br $next)))
    (if (i32.gt_u (local.get $length) (i32.const 64))
      (then
        (local.set $out (call $writeLongCopy (local.get $out) (local.get $offset) (i32.const 60)))
        (local.set $length (i32.sub (local.get $length) (i32.const 60)))))
    (if
      (i32.or
        (i32.ge_u (local.get $length) (i32.const 12))
        (i32.ge_u (local.get $offset) (i32.const 2048)))
      (then (return (call $writeLongCopy (local.get $out) (local.get $offset) (local.get $length)))))
    (i32.store8 (local.get $out)
      (i32.or
        (i32.const 1)
        (i32.or
          (i32.shl (i32.sub (local.get $length) (i32.const 4)) (i32.const 2))
          (i32.shl (i32.shr_u (local.get $offset) (i32.const 8)) (i32.const 5)))))
    (i32.store8 offset=1 (local.get $out) (local.get $offset))
    (i32.add (local.get $out) (i32.const 2)))

  (func $writeLongCopy (param $out i32) (param $offset i32) (param $length i32) (result i32)
    (i32.store8 (local.get $out)
      (i32.or (i32.const 2) (i32.shl (i32.sub (local.get $length) (i32.const 1)) (i32.const 2))))
    (i32.store16 offset=1 (local.get $out) (local.get $offset))
    (i32.add (local.get $out) (i32.const 3))))
