;; Makes examples of the answers of a block's respondents: each answer is looked at here.
(module
  (memory (import "caller" "memory") 1)

  ;; How many respondents the last `explode` has found.
  (global $members (export "members") (mut i32) (i32.const 0))

  ;; Of `rows` respondents, whose split is a byte each at `splits`, takes those of one `split`. At `answers` each has a byte for
  ;; each of `width` questions, an answer where it is below 240. Writes to `respondents` the row of each that is taken, and to
  ;; `counts` how many answers it has, both i32; for each answer to `questions` which question it is of, a byte or, where `wide`
  ;; is 1, two, and to `found` the answer itself. Gives how many answers there are. One byte or two behind the last are written.
  (func (export "explode")
    (param $rows i32) (param $splits i32) (param $split i32) (param $answers i32) (param $width i32) (param $wide i32)
    (param $respondents i32) (param $counts i32) (param $questions i32) (param $found i32)
    (result i32)
    (local $row i32)
    (local $taken i32)
    (local $question i32)
    (local $answer i32)
    (local $length i32)
    (local $before i32)
    (global.set $members (i32.const 0))
    (block $done
      (loop $nextRow
        (br_if $done (i32.ge_u (local.get $row) (local.get $rows)))
        (if (i32.eq (i32.load8_u (i32.add (local.get $splits) (local.get $row))) (local.get $split))
          (then
            (local.set $before (local.get $length))
            (local.set $question (i32.const 0))
            (block $exploded
              (loop $nextQuestion
                (br_if $exploded (i32.ge_u (local.get $question) (local.get $width)))
                (local.set $answer (i32.load8_u (i32.add (local.get $answers) (local.get $question))))
                ;; Written always and passed over only by an answer: a branch here would be guessed wrong too often.
                (if (local.get $wide)
                  (then
                    (i32.store16
                      (i32.add (local.get $questions) (i32.shl (local.get $length) (i32.const 1)))
                      (local.get $question)))
                  (else (i32.store8 (i32.add (local.get $questions) (local.get $length)) (local.get $question))))
                (i32.store8 (i32.add (local.get $found) (local.get $length)) (local.get $answer))
                (local.set $length (i32.add (local.get $length) (i32.lt_u (local.get $answer) (i32.const 240))))
                (local.set $question (i32.add (local.get $question) (i32.const 1)))
                (br $nextQuestion)))
            (local.set $taken (i32.shl (global.get $members) (i32.const 2)))
            (i32.store (i32.add (local.get $respondents) (local.get $taken)) (local.get $row))
            (i32.store
              (i32.add (local.get $counts) (local.get $taken))
              (i32.sub (local.get $length) (local.get $before)))
            (global.set $members (i32.add (global.get $members) (i32.const 1)))))
        (local.set $answers (i32.add (local.get $answers) (local.get $width)))
        (local.set $row (i32.add (local.get $row) (i32.const 1)))
        (br $nextRow)))
    (local.get $length)))
