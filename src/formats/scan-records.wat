;; Reads records of delimited text: the inner loop of the scanner. Sixteen bytes are looked at at once wherever that can be
;; done, which JavaScript has no instructions for.
(module
  (memory (import "caller" "memory") 1)

  ;; The kinds of field, as `scanned-rows.ts` has them: 0 is passed over, 1 a code, 2 a number, 3 a text.

  (global $delimiter (mut i32) (i32.const 0))
  (global $decimalPoint (mut i32) (i32.const 0))
  ;; Behind the last byte of the text; a line feed stands there.
  (global $end (mut i32) (i32.const 0))
  ;; What is taken off an address to make a position.
  (global $shift (mut i32) (i32.const 0))
  ;; Where the next cell of each kind goes.
  (global $code (mut i32) (i32.const 0))
  (global $number (mut i32) (i32.const 0))
  (global $text (mut i32) (i32.const 0))
  ;; Where the cells of row 0 begin.
  (global $codes (mut i32) (i32.const 0))
  (global $numbers (mut i32) (i32.const 0))
  ;; Where the next odd cell goes.
  (global $odd (export "odd") (mut i32) (i32.const 0))
  ;; The first row that was not read.
  (global $row (export "row") (mut i32) (i32.const 0))
  ;; Not 0 once quotes with a line feed between them were passed.
  (global $quotedLines (export "quotedLines") (mut i32) (i32.const 0))

  ;; Sets what is the same for all records of a text.
  (func (export "setText")
    (param $delimiter i32) (param $decimalPoint i32) (param $end i32) (param $shift i32)
    (global.set $delimiter (local.get $delimiter))
    (global.set $decimalPoint (local.get $decimalPoint))
    (global.set $end (local.get $end))
    (global.set $shift (local.get $shift)))

  ;; Reads records from `at` on into the rows from `row` up to `rows`. From `runs` up to `runsEnd` there is an entry for each
  ;; run of fields of one kind, three i32: the kind; how many fields; of those that are passed over, how many code cells are
  ;; left for later. Only the last field of a record is not among them: `lastKind`. `starts`, `codes`, `numbers` and `texts`
  ;; are where the cells of row 0 go; the widths are how many cells of a kind a row has (of text: two i32 each).
  ;;
  ;; A code or number that is odd, which is anything but digits, is put on a list from `odds` on, three i32 each: its kind, its
  ;; index among the cells of this kind, its position; somebody else reads it. `odd` is where the list ends; no record is
  ;; begun with the list beyond `oddsFull`.
  ;;
  ;; Stops at the first line that is empty or has fields too few or too many, or at the end; gives its address, and `row` is
  ;; its row. Up to 31 bytes behind the text are read, and behind the last code written.
  (func (export "scan")
    (param $at i32) (param $row i32) (param $rows i32)
    (param $odds i32) (param $oddsFull i32)
    (param $runs i32) (param $runsEnd i32) (param $lastKind i32)
    (param $starts i32)
    (param $codes i32) (param $codeWidth i32)
    (param $numbers i32) (param $numberWidth i32)
    (param $texts i32) (param $textWidth i32)
    (result i32)
    (local $start i32)
    (local $run i32)
    (local $kind i32)
    (local $oddBefore i32)
    (global.set $codes (local.get $codes))
    (global.set $numbers (local.get $numbers))
    (global.set $odd (local.get $odds))
    (local.set $oddBefore (local.get $odds))
    (block $stop
      (loop $nextRecord
        (local.set $start (local.get $at))
        (global.set $row (local.get $row))
        (local.set $oddBefore (global.get $odd))
        (br_if $stop (i32.gt_u (global.get $odd) (local.get $oddsFull)))
        (br_if $stop (i32.ge_u (local.get $at) (global.get $end)))
        (br_if $stop (i32.ge_u (local.get $row) (local.get $rows)))
        ;; An empty line is no record.
        (br_if $stop (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x0a)))
        (br_if $stop (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x0d)))
        (i32.store
          (i32.add (local.get $starts) (i32.shl (local.get $row) (i32.const 2)))
          (i32.sub (local.get $at) (global.get $shift)))
        (global.set $code
          (i32.add (local.get $codes)
            (i32.shl (i32.mul (local.get $row) (local.get $codeWidth)) (i32.const 2))))
        (global.set $number
          (i32.add (local.get $numbers)
            (i32.shl (i32.mul (local.get $row) (local.get $numberWidth)) (i32.const 3))))
        (global.set $text
          (i32.add (local.get $texts)
            (i32.shl (i32.mul (local.get $row) (local.get $textWidth)) (i32.const 3))))
        (local.set $run (local.get $runs))
        (block $runsDone
          (loop $nextRun
            (br_if $runsDone (i32.ge_u (local.get $run) (local.get $runsEnd)))
            (local.set $kind (i32.load (local.get $run)))
            (if (i32.eqz (local.get $kind))
              (then
                (local.set $at (call $skip (local.get $at) (i32.load offset=4 (local.get $run))))
                (global.set $code
                  (i32.add (global.get $code) (i32.shl (i32.load offset=8 (local.get $run)) (i32.const 2)))))
              (else
                (if (i32.eq (local.get $kind) (i32.const 1))
                  (then (local.set $at (call $codeRun (local.get $at) (i32.load offset=4 (local.get $run)))))
                  (else
                    (local.set $at
                      (call $otherRun (local.get $at) (local.get $kind) (i32.load offset=4 (local.get $run))))))))
            (br_if $stop (i32.eqz (local.get $at)))
            (local.set $run (i32.add (local.get $run) (i32.const 12)))
            (br $nextRun)))
        (local.set $at (call $lastField (local.get $at) (local.get $lastKind)))
        (br_if $stop (i32.eqz (local.get $at)))
        (local.set $row (i32.add (local.get $row) (i32.const 1)))
        (br $nextRecord)))
    ;; What was found odd in a record that was not read whole does not count.
    (global.set $odd (local.get $oddBefore))
    (local.get $start))

  ;; All that follow give an address, or 0 where there is something that they do not read.

  ;; Passes over `left` fields that each end with a delimiter.
  (func $skip (param $at i32) (param $left i32) (result i32)
    (local $bytes v128)
    (local $behind v128)
    (local $delimiters v128)
    (local $stops i32)
    (local $ends i32)
    (local $count i32)
    (local $first i32)
    (local.set $first (local.get $at))
    (local.set $delimiters (i8x16.splat (global.get $delimiter)))
    (loop $next
      ;; As far as there is nothing but whole fields ahead, by 32 bytes.
      (block $near
        (loop $nextFar
          (local.set $bytes (v128.load (local.get $at)))
          (local.set $behind (v128.load offset=16 (local.get $at)))
          (br_if $near
            (v128.any_true
              (v128.or
                (v128.or
                  (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x0a)))
                  (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x22))))
                (v128.or
                  (i8x16.eq (local.get $behind) (i8x16.splat (i32.const 0x0a)))
                  (i8x16.eq (local.get $behind) (i8x16.splat (i32.const 0x22)))))))
          (local.set $count
            (i32.popcnt
              (i32.or
                (i8x16.bitmask (i8x16.eq (local.get $bytes) (local.get $delimiters)))
                (i32.shl
                  (i8x16.bitmask (i8x16.eq (local.get $behind) (local.get $delimiters)))
                  (i32.const 16)))))
          (br_if $near (i32.ge_u (local.get $count) (local.get $left)))
          (local.set $left (i32.sub (local.get $left) (local.get $count)))
          (local.set $at (i32.add (local.get $at) (i32.const 32)))
          (br $nextFar)))
      (local.set $bytes (v128.load (local.get $at)))
      ;; A bit for each byte, the first byte's the lowest.
      (local.set $ends (i8x16.bitmask (i8x16.eq (local.get $bytes) (local.get $delimiters))))
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
          (return (i32.add (local.get $at) (i32.add (i32.ctz (local.get $ends)) (i32.const 1))))))
      (local.set $left (i32.sub (local.get $left) (local.get $count)))
      (if (local.get $stops)
        (then
          (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $stops))))
          (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x0a)) (then (return (i32.const 0))))
          ;; A quote opens a cell only as its first byte.
          (if (i32.or
                (i32.eq (local.get $at) (local.get $first))
                (i32.eq (i32.load8_u (i32.sub (local.get $at) (i32.const 1))) (global.get $delimiter)))
            (then
              (local.set $at (call $closeQuote (local.get $at)))
              (if (i32.eqz (local.get $at)) (then (return (i32.const 0)))))
            (else (local.set $at (i32.add (local.get $at) (i32.const 1)))))
          (br $next)))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $next))
    unreachable)

  ;; Behind the quoted content that opens at `at`; 0 where the quote is never closed.
  (func $closeQuote (param $at i32) (result i32)
    (local $byte i32)
    (local $lines i32)
    (loop $next
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (if (i32.ge_u (local.get $at) (global.get $end)) (then (return (i32.const 0))))
      (local.set $byte (i32.load8_u (local.get $at)))
      (local.set $lines (i32.or (local.get $lines) (i32.eq (local.get $byte) (i32.const 0x0a))))
      (br_if $next (i32.ne (local.get $byte) (i32.const 0x22)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x22))))
    (global.set $quotedLines (i32.or (global.get $quotedLines) (local.get $lines)))
    (local.get $at))

  ;; Reads `left` codes that each end with a delimiter.
  (func $codeRun (param $at i32) (param $left i32) (result i32)
    (local $digits v128)
    (local $odd i32)
    (local $cells i32)
    (loop $next
      ;; Most cells are one digit: as many of the next eight as are, in front of the first that is not.
      (local.set $digits (i8x16.sub (v128.load (local.get $at)) (i8x16.splat (i32.const 0x30))))
      (local.set $odd
        (i32.or
          (i32.and
            (i8x16.bitmask (i8x16.gt_u (local.get $digits) (i8x16.splat (i32.const 9))))
            (i32.const 0x5555))
          (i32.and
            (i8x16.bitmask
              (i8x16.ne (local.get $digits) (i8x16.splat (i32.sub (global.get $delimiter) (i32.const 0x30)))))
            (i32.const 0xaaaa))))
      (local.set $cells (i32.shr_u (i32.ctz (i32.or (local.get $odd) (i32.const 0x10000))) (i32.const 1)))
      (if (i32.gt_u (local.get $cells) (local.get $left)) (then (local.set $cells (local.get $left))))
      ;; All eight are written; those that are no cells are written over by what comes next.
      (local.set $digits (v128.and (local.get $digits) (v128.const i16x8 0xff 0xff 0xff 0xff 0xff 0xff 0xff 0xff)))
      (v128.store (global.get $code) (i32x4.extend_low_i16x8_u (local.get $digits)))
      (v128.store offset=16 (global.get $code) (i32x4.extend_high_i16x8_u (local.get $digits)))
      (global.set $code (i32.add (global.get $code) (i32.shl (local.get $cells) (i32.const 2))))
      (local.set $at (i32.add (local.get $at) (i32.shl (local.get $cells) (i32.const 1))))
      (local.set $left (i32.sub (local.get $left) (local.get $cells)))
      (if (i32.eqz (local.get $left)) (then (return (local.get $at))))
      (br_if $next (i32.eq (local.get $cells) (i32.const 8)))
      (local.set $at (call $codeCell (local.get $at)))
      (if (i32.eqz (local.get $at)) (then (return (i32.const 0))))
      (if (i32.ne (i32.load8_u (local.get $at)) (global.get $delimiter)) (then (return (i32.const 0))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $next (local.get $left)))
    (local.get $at))

  ;; Reads a whole number of up to nine digits, or nothing, in quotes or not; nothing but zeros may stand behind a decimal
  ;; point. Any other cell is odd. Gives what follows it.
  (func $codeCell (param $at i32) (result i32)
    (local $start i32)
    (local $first i32)
    (local $digit i32)
    (local $value i32)
    (local $isNegative i32)
    (local $isQuoted i32)
    (local.set $start (local.get $at))
    (local.set $isQuoted (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x22)))
    (local.set $at (i32.add (local.get $at) (local.get $isQuoted)))
    (local.set $isNegative (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x2d)))
    (local.set $at (i32.add (local.get $at) (local.get $isNegative)))
    (local.set $first (local.get $at))
    (block $done
      (loop $next
        (local.set $digit (i32.sub (i32.load8_u (local.get $at)) (i32.const 0x30)))
        (br_if $done (i32.gt_u (local.get $digit) (i32.const 9)))
        (local.set $value (i32.add (i32.mul (local.get $value) (i32.const 10)) (local.get $digit)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (if (i32.eq (local.get $at) (local.get $first))
      (then
        (if (local.get $isNegative) (then (return (call $oddCode (local.get $start)))))
        (local.set $value (i32.const 0x80000000)))
      (else
        (if (i32.gt_u (i32.sub (local.get $at) (local.get $first)) (i32.const 9))
          (then (return (call $oddCode (local.get $start)))))
        (if (call $isPoint (i32.load8_u (local.get $at)))
          (then
            (loop $nextZero
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (br_if $nextZero (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x30))))))))
    (if (local.get $isQuoted)
      (then
        (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x22)) (then (return (call $oddCode (local.get $start)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))))
    (if (i32.ne (i32.load8_u (local.get $at)) (global.get $delimiter))
      (then
        (if (i32.eqz (call $isLineEnd (local.get $at))) (then (return (call $oddCode (local.get $start)))))))
    (i32.store (global.get $code)
      (select
        (i32.sub (i32.const 0) (local.get $value))
        (local.get $value)
        (local.get $isNegative)))
    (global.set $code (i32.add (global.get $code) (i32.const 4)))
    (local.get $at))

  (func $isLineEnd (param $at i32) (result i32)
    (i32.or
      (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x0a))
      (i32.and
        (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x0d))
        (i32.eq (i32.load8_u offset=1 (local.get $at)) (i32.const 0x0a)))))

  ;; Leaves the code at `at` to somebody else; gives what follows it.
  (func $oddCode (param $at i32) (result i32)
    (call $addOdd
      (i32.const 1)
      (i32.shr_u (i32.sub (global.get $code) (global.get $codes)) (i32.const 2))
      (local.get $at))
    (global.set $code (i32.add (global.get $code) (i32.const 4)))
    (call $cellEnd (local.get $at)))

  (func $oddNumber (param $at i32) (result i32)
    (call $addOdd
      (i32.const 2)
      (i32.shr_u (i32.sub (global.get $number) (global.get $numbers)) (i32.const 3))
      (local.get $at))
    (global.set $number (i32.add (global.get $number) (i32.const 8)))
    (call $cellEnd (local.get $at)))

  (func $addOdd (param $kind i32) (param $index i32) (param $at i32)
    (i32.store (global.get $odd) (local.get $kind))
    (i32.store offset=4 (global.get $odd) (local.get $index))
    (i32.store offset=8 (global.get $odd) (i32.sub (local.get $at) (global.get $shift)))
    (global.set $odd (i32.add (global.get $odd) (i32.const 12))))

  ;; The delimiter or line feed that ends the cell at `at`.
  (func $cellEnd (param $at i32) (result i32)
    (local $byte i32)
    (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x22))
      (then
        (local.set $at (call $closeQuote (local.get $at)))
        (if (i32.eqz (local.get $at)) (then (return (i32.const 0))))))
    (loop $next
      (local.set $byte (i32.load8_u (local.get $at)))
      (if
        (i32.or
          (i32.eq (local.get $byte) (global.get $delimiter))
          (i32.eq (local.get $byte) (i32.const 0x0a)))
        (then (return (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next))
    unreachable)

  ;; Where cells are told apart by commas, a comma has ended the cell before it can be taken for a point.
  (func $isPoint (param $byte i32) (result i32)
    (i32.and
      (i32.or
        (i32.eq (local.get $byte) (i32.const 0x2e))
        (i32.eq (local.get $byte) (global.get $decimalPoint)))
      (i32.ne (local.get $byte) (global.get $delimiter))))

  ;; Reads `left` numbers or texts that each end with a delimiter.
  (func $otherRun (param $at i32) (param $kind i32) (param $left i32) (result i32)
    (loop $next
      (local.set $at (call $otherCell (local.get $at) (local.get $kind)))
      (if (i32.eqz (local.get $at)) (then (return (i32.const 0))))
      (if (i32.ne (i32.load8_u (local.get $at)) (global.get $delimiter)) (then (return (i32.const 0))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $next (local.get $left)))
    (local.get $at))

  (func $otherCell (param $at i32) (param $kind i32) (result i32)
    (if (result i32) (i32.eq (local.get $kind) (i32.const 2))
      (then (call $numberCell (local.get $at)))
      (else (call $textCell (local.get $at)))))

  ;; Reads fewer than sixteen bytes of digits with at most one point, or nothing, in quotes or not; any other cell is odd. Gives
  ;; what follows. The digits make a whole number under 2^53 and the divisor is a power of ten up to 10^15, both exact, so that
  ;; their quotient is the number nearest to the text (W. D. Clinger, "How to read floating point numbers accurately", PLDI 1990).
  (func $numberCell (param $at i32) (result i32)
    (local $start i32)
    (local $first i32)
    (local $byte i32)
    (local $digits i32)
    (local $whole i64)
    (local $divisor f64)
    (local $value f64)
    (local $isNegative i32)
    (local $isQuoted i32)
    (local.set $start (local.get $at))
    (local.set $isQuoted (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x22)))
    (local.set $at (i32.add (local.get $at) (local.get $isQuoted)))
    (local.set $first (local.get $at))
    (local.set $isNegative (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x2d)))
    (local.set $at (i32.add (local.get $at) (local.get $isNegative)))
    (block $done
      (loop $next
        (local.set $byte (i32.load8_u (local.get $at)))
        (if (i32.le_u (i32.sub (local.get $byte) (i32.const 0x30)) (i32.const 9))
          (then
            (local.set $whole
              (i64.add
                (i64.mul (local.get $whole) (i64.const 10))
                (i64.extend_i32_u (i32.sub (local.get $byte) (i32.const 0x30)))))
            (local.set $divisor (f64.mul (local.get $divisor) (f64.const 10)))
            (local.set $digits (i32.add (local.get $digits) (i32.const 1))))
          (else
            (br_if $done
              (i32.eqz
                (i32.and (call $isPoint (local.get $byte)) (f64.eq (local.get $divisor) (f64.const 0)))))
            (local.set $divisor (f64.const 1))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (if (i32.ge_u (i32.sub (local.get $at) (local.get $first)) (i32.const 16)) (then (return (call $oddNumber (local.get $start)))))
    (local.set $value (f64.convert_i64_u (local.get $whole)))
    (if (f64.gt (local.get $divisor) (f64.const 1))
      (then (local.set $value (f64.div (local.get $value) (local.get $divisor)))))
    (if (local.get $isNegative) (then (local.set $value (f64.neg (local.get $value)))))
    (if (i32.eqz (local.get $digits))
      (then
        (if (i32.ne (local.get $at) (local.get $first)) (then (return (call $oddNumber (local.get $start)))))
        (local.set $value (f64.const nan))))
    (if (local.get $isQuoted)
      (then
        (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x22)) (then (return (call $oddNumber (local.get $start)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))))
    (if (i32.ne (i32.load8_u (local.get $at)) (global.get $delimiter))
      (then
        (if (i32.eqz (call $isLineEnd (local.get $at))) (then (return (call $oddNumber (local.get $start)))))))
    (f64.store (global.get $number) (local.get $value))
    (global.set $number (i32.add (global.get $number) (i32.const 8)))
    (local.get $at))

  ;; Takes up a text, in quotes or not, up to a delimiter or the end of the line; gives what follows.
  (func $textCell (param $at i32) (result i32)
    (local $from i32)
    (local $to i32)
    (local $byte i32)
    (local.set $from (local.get $at))
    (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x22))
      (then
        (local.set $at (call $closeQuote (local.get $at)))
        (if (i32.eqz (local.get $at)) (then (return (i32.const 0))))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (local.set $to (i32.sub (local.get $at) (i32.const 1))))
      (else
        (block $done
          (loop $next
            (local.set $byte (i32.load8_u (local.get $at)))
            (br_if $done (i32.eq (local.get $byte) (global.get $delimiter)))
            (br_if $done (i32.eq (local.get $byte) (i32.const 0x0a)))
            (br_if $done (i32.eq (local.get $byte) (i32.const 0x0d)))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br $next)))
        (local.set $to (local.get $at))))
    (i32.store (global.get $text) (i32.sub (local.get $from) (global.get $shift)))
    (i32.store offset=4 (global.get $text) (i32.sub (local.get $to) (global.get $shift)))
    (global.set $text (i32.add (global.get $text) (i32.const 8)))
    (local.get $at))

  ;; Reads the field that ends a record; gives what follows its line feed.
  (func $lastField (param $at i32) (param $kind i32) (result i32)
    (if (i32.eqz (local.get $kind))
      (then (local.set $at (call $lineEnd (local.get $at))))
      (else
        (if (i32.eq (local.get $kind) (i32.const 1))
          (then (local.set $at (call $codeCell (local.get $at))))
          (else (local.set $at (call $otherCell (local.get $at) (local.get $kind)))))
        (if (i32.eqz (local.get $at)) (then (return (i32.const 0))))
        (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x0d))
          (then (local.set $at (i32.add (local.get $at) (i32.const 1)))))))
    (if (i32.eqz (local.get $at)) (then (return (i32.const 0))))
    (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x0a)) (then (return (i32.const 0))))
    (i32.add (local.get $at) (i32.const 1)))

  ;; The line feed that ends the cell at `at`; 0 where there is a delimiter before it.
  (func $lineEnd (param $at i32) (result i32)
    (local $bytes v128)
    (local $ends i32)
    (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x22))
      (then
        (local.set $at (call $closeQuote (local.get $at)))
        (if (i32.eqz (local.get $at)) (then (return (i32.const 0))))))
    (loop $next
      (local.set $bytes (v128.load (local.get $at)))
      (local.set $ends
        (i8x16.bitmask
          (v128.or
            (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x0a)))
            (i8x16.eq (local.get $bytes) (i8x16.splat (global.get $delimiter))))))
      (if (local.get $ends)
        (then
          (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $ends))))
          (return
            (select
              (local.get $at)
              (i32.const 0)
              (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x0a))))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $next))
    unreachable))
