;; Finds where the records of delimited text end, and what their ids are: the inner loop of the index.
(module
  (memory (import "caller" "memory") 1)

  ;; From `at` on, for each record that ends before `end`: puts the address behind its line feed to `ends`, an i32, and its id
  ;; to `ids`, an f64; `most` of them at most. The id is the field behind `idField` others. Gives how many records it has found.
  ;;
  ;; Stops before a line that is empty, a record whose id is more than a whole number below 10^15 without a zero in front, and
  ;; one with a line feed in quotes. Up to fifteen bytes behind `end` are read.
  (func (export "find")
    (param $at i32) (param $end i32) (param $delimiter i32) (param $idField i32)
    (param $ends i32) (param $ids i32) (param $most i32)
    (result i32)
    (local $start i32)
    (local $found i32)
    (local $bytes v128)
    (local $stops i32)
    (local $byte i32)
    (local $left i32)
    (local $first i32)
    (local $id i64)
    (local.set $start (local.get $at))
    (block $stop
      (loop $nextRecord
        (br_if $stop (i32.eq (local.get $found) (local.get $most)))
        (br_if $stop (i32.ge_u (local.get $start) (local.get $end)))
        (local.set $at (local.get $start))
        (local.set $byte (i32.load8_u (local.get $at)))
        (br_if $stop (i32.eq (local.get $byte) (i32.const 0x0a)))
        (br_if $stop (i32.eq (local.get $byte) (i32.const 0x0d)))
        ;; The fields in front of the id are few: byte by byte.
        (local.set $left (local.get $idField))
        (block $atId
          (loop $nextField
            (br_if $atId (i32.eqz (local.get $left)))
            (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x22))
              (then
                (local.set $at (call $closeQuote (local.get $at) (local.get $end)))
                (br_if $stop (i32.eqz (local.get $at)))))
            (loop $nextByte
              (local.set $byte (i32.load8_u (local.get $at)))
              (br_if $stop (i32.eq (local.get $byte) (i32.const 0x0a)))
              (br_if $stop (i32.ge_u (local.get $at) (local.get $end)))
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (br_if $nextByte (i32.ne (local.get $byte) (local.get $delimiter))))
            (local.set $left (i32.sub (local.get $left) (i32.const 1)))
            (br $nextField)))
        (br_if $stop (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x30)))
        (local.set $first (local.get $at))
        (local.set $id (i64.const 0))
        (block $idEnds
          (loop $nextDigit
            (local.set $byte (i32.sub (i32.load8_u (local.get $at)) (i32.const 0x30)))
            (br_if $idEnds (i32.gt_u (local.get $byte) (i32.const 9)))
            (local.set $id
              (i64.add (i64.mul (local.get $id) (i64.const 10)) (i64.extend_i32_u (local.get $byte))))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br $nextDigit)))
        (br_if $stop (i32.eq (local.get $at) (local.get $first)))
        (br_if $stop (i32.gt_u (i32.sub (local.get $at) (local.get $first)) (i32.const 15)))
        (local.set $byte (i32.load8_u (local.get $at)))
        (br_if $stop
          (i32.eqz
            (i32.or
              (i32.eq (local.get $byte) (local.get $delimiter))
              (i32.eq (local.get $byte) (i32.const 0x0a)))))
        ;; The line feed outside of quotes; a quote opens a cell only as its first byte.
        (block $lineEnds
          (loop $nextBytes
            (br_if $stop (i32.ge_u (local.get $at) (local.get $end)))
            (local.set $bytes (v128.load (local.get $at)))
            (local.set $stops
              (i8x16.bitmask
                (v128.or
                  (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x0a)))
                  (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x22))))))
            (if (i32.eqz (local.get $stops))
              (then
                (local.set $at (i32.add (local.get $at) (i32.const 16)))
                (br $nextBytes)))
            (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $stops))))
            (br_if $stop (i32.ge_u (local.get $at) (local.get $end)))
            (br_if $lineEnds (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x0a)))
            (if (i32.eq (i32.load8_u (i32.sub (local.get $at) (i32.const 1))) (local.get $delimiter))
              (then
                (local.set $at (call $closeQuote (local.get $at) (local.get $end)))
                (br_if $stop (i32.eqz (local.get $at))))
              (else (local.set $at (i32.add (local.get $at) (i32.const 1)))))
            (br $nextBytes)))
        (local.set $start (i32.add (local.get $at) (i32.const 1)))
        (i32.store (i32.add (local.get $ends) (i32.shl (local.get $found) (i32.const 2))) (local.get $start))
        (f64.store
          (i32.add (local.get $ids) (i32.shl (local.get $found) (i32.const 3)))
          (f64.convert_i64_u (local.get $id)))
        (local.set $found (i32.add (local.get $found) (i32.const 1)))
        (br $nextRecord)))
    (local.get $found))

  ;; Behind the quoted content that opens at `at`; 0 where it has a line feed, or is not closed before `end`.
  (func $closeQuote (param $at i32) (param $end i32) (result i32)
    (local $byte i32)
    (loop $next
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (i32.const 0))))
      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.eq (local.get $byte) (i32.const 0x0a)) (then (return (i32.const 0))))
      (br_if $next (i32.ne (local.get $byte) (i32.const 0x22)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (i32.const 0))))
      (br_if $next (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x22))))
    (local.get $at)))
