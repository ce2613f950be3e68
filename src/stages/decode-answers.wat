;; Turns codes into answers: the inner loop of decoding.
(module
  (memory (import "caller" "memory") 1)

  ;; Decodes the answers of the rows from `row` up to `rows`. From `fields` up to `fieldsEnd` there is an entry for each
  ;; question that the file has, two i32: where its code stands in a row, in bytes; and its number. `table` has 256 answers for
  ;; each question, those of the codes from -16 on. A code of -2^31 is an empty cell, whose answer is `empty`. `codes` and
  ;; `answers` are where those of row 0 are; `stride` and `width` are how many bytes a row of them has. `splits` has a byte for
  ;; each row: one of 255 is passed over. Where `counts` is not 0, `countMissing` is called for each row.
  ;;
  ;; Stops behind a row with a code that is not in the table, which leaves `empty`, or with an answer that is `invalid` or above
  ;; it, whose missing answers are not counted. Gives this row, or `rows`.
  (func (export "decode")
    (param $row i32) (param $rows i32)
    (param $fields i32) (param $fieldsEnd i32) (param $table i32) (param $empty i32) (param $invalid i32)
    (param $codes i32) (param $stride i32) (param $answers i32) (param $width i32) (param $splits i32) (param $counts i32)
    (result i32)
    (local $field i32)
    (local $rowCodes i32)
    (local $rowAnswers i32)
    (local $code i32)
    (local $question i32)
    (local $answer i32)
    (local $isOdd i32)
    (block $stop
      (loop $nextRow
        (br_if $stop (i32.ge_u (local.get $row) (local.get $rows)))
        (if (i32.ne (i32.load8_u (i32.add (local.get $splits) (local.get $row))) (i32.const 255))
          (then
            (local.set $rowCodes (i32.add (local.get $codes) (i32.mul (local.get $row) (local.get $stride))))
            (local.set $rowAnswers (i32.add (local.get $answers) (i32.mul (local.get $row) (local.get $width))))
            (local.set $isOdd (i32.const 0))
            (local.set $field (local.get $fields))
            (block $done
              (loop $next
                (br_if $done (i32.ge_u (local.get $field) (local.get $fieldsEnd)))
                (local.set $code (i32.load (i32.add (local.get $rowCodes) (i32.load (local.get $field)))))
                (local.set $question (i32.load offset=4 (local.get $field)))
                (if (i32.lt_u (i32.add (local.get $code) (i32.const 16)) (i32.const 256))
                  (then
                    (local.set $answer
                      (i32.load8_u offset=16
                        (i32.add (local.get $table)
                          (i32.add (i32.shl (local.get $question) (i32.const 8)) (local.get $code))))))
                  (else
                    (local.set $answer (local.get $empty))
                    (local.set $isOdd
                      (i32.or (local.get $isOdd) (i32.ne (local.get $code) (i32.const 0x80000000))))))
                (local.set $isOdd
                  (i32.or (local.get $isOdd) (i32.ge_u (local.get $answer) (local.get $invalid))))
                (i32.store8 (i32.add (local.get $rowAnswers) (local.get $question)) (local.get $answer))
                (local.set $field (i32.add (local.get $field) (i32.const 8)))
                (br $next)))
            (br_if $stop (local.get $isOdd))
            (if (local.get $counts)
              (then
                (call $countMissing
                  (local.get $rowAnswers)
                  (i32.add (local.get $rowAnswers) (local.get $width))
                  (local.get $counts))))))
        (local.set $row (i32.add (local.get $row) (i32.const 1)))
        (br $nextRow)))
    (local.get $row))

  ;; Counts the reasons why the answers of a row from `answer` up to `answersEnd` are missing: those from 240 on. `counts` has
  ;; 16 i32 for each question; the last of them takes up what is an answer.
  (func $countMissing (export "countMissing") (param $answer i32) (param $answersEnd i32) (param $counts i32)
    (local $reason i32)
    (loop $next
      (local.set $reason (i32.sub (i32.load8_u (local.get $answer)) (i32.const 240)))
      (local.set $reason
        (i32.add (local.get $counts)
          (i32.shl
            (select (local.get $reason) (i32.const 15) (i32.lt_u (local.get $reason) (i32.const 15)))
            (i32.const 2))))
      (i32.store (local.get $reason) (i32.add (i32.load (local.get $reason)) (i32.const 1)))
      (local.set $counts (i32.add (local.get $counts) (i32.const 64)))
      (local.set $answer (i32.add (local.get $answer) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $answer) (local.get $answersEnd))))))
