;; Turns codes into answers: the inner loop of decoding.
(module
  (memory (import "caller" "memory") 1)

  ;; Decodes the answers of a row. From `field` up to `fieldsEnd` there is an entry for each question that the file has, two
  ;; i32: where its code stands in the row, in bytes; and its number. `table` has 256 answers for each question, those of the
  ;; codes from -16 on. A code of -2^31 is an empty cell, whose answer is `empty`.
  ;;
  ;; Gives 1 where a code is not in the table, which leaves `empty`, or an answer is `invalid` or above it; else 0.
  (func (export "decode")
    (param $field i32) (param $fieldsEnd i32) (param $table i32) (param $empty i32) (param $invalid i32)
    (param $codes i32) (param $answers i32)
    (result i32)
    (local $code i32)
    (local $question i32)
    (local $answer i32)
    (local $isOdd i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $field) (local.get $fieldsEnd)))
        (local.set $code (i32.load (i32.add (local.get $codes) (i32.load (local.get $field)))))
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
        (i32.store8 (i32.add (local.get $answers) (local.get $question)) (local.get $answer))
        (local.set $field (i32.add (local.get $field) (i32.const 8)))
        (br $next)))
    (local.get $isOdd))

  ;; Counts the reasons why the answers of a row from `answer` up to `answersEnd` are missing: those from 240 on. `counts` has
  ;; 16 i32 for each question; the last of them takes up what is an answer.
  (func (export "countMissing") (param $answer i32) (param $answersEnd i32) (param $counts i32)
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
