;; Counts the answers of the respondents of one cell: the inner loop of tabulation.
(module
  (memory (import "caller" "memory") 1)

  ;; From `row` up to `rowsEnd` there is an i32 for each respondent: the address of its first answer. An answer is a byte:
  ;; below 240 the index of its code, from 240 on a reason why there is none. In the tables each question has `slots`
  ;; entries: those of the `codes`, then those of the reasons; `counts` are i32, `sums` of weights are f64. `squares` has an
  ;; f64 for each question: the sum of the squared weights of those who answered. `weights` has an f64 for each respondent;
  ;; where it is 0, only `counts` is added to.
  ;;
  ;; It goes by 64 questions at a time, so that what is added to stays in the processor's first cache, and the answers of a
  ;; respondent at a time are one line of it.
  (func (export "count")
    (param $rows i32) (param $rowsEnd i32) (param $weights i32)
    (param $questions i32) (param $slots i32) (param $codes i32)
    (param $counts i32) (param $sums i32) (param $squares i32)
    (local $first i32)
    (local $last i32)
    (local $row i32)
    (local $weightAt i32)
    (local $weight f64)
    (local $square f64)
    (local $question i32)
    (local $answer i32)
    (local $isAnswer i32)
    (local $at i32)
    (local $entry i32)
    (local $place i32)
    (loop $nextQuestions
      (local.set $last (i32.add (local.get $first) (i32.const 64)))
      (if (i32.gt_u (local.get $last) (local.get $questions)) (then (local.set $last (local.get $questions))))
      (local.set $row (local.get $rows))
      (local.set $weightAt (local.get $weights))
      (loop $nextRow
        (if (local.get $weights)
          (then
            (local.set $weight (f64.load (local.get $weightAt)))
            (local.set $square (f64.mul (local.get $weight) (local.get $weight)))
            (local.set $weightAt (i32.add (local.get $weightAt) (i32.const 8)))))
        (local.set $at (i32.load (local.get $row)))
        (local.set $question (local.get $first))
        (local.set $place (i32.mul (local.get $first) (local.get $slots)))
        (loop $nextQuestion
          (local.set $answer (i32.load8_u (i32.add (local.get $at) (local.get $question))))
          (local.set $isAnswer (i32.lt_u (local.get $answer) (i32.const 240)))
          (local.set $answer
            (i32.add (local.get $place)
              (select
                (local.get $answer)
                (i32.add (local.get $codes) (i32.sub (local.get $answer) (i32.const 240)))
                (local.get $isAnswer))))
          (local.set $entry (i32.add (local.get $counts) (i32.shl (local.get $answer) (i32.const 2))))
          (i32.store (local.get $entry) (i32.add (i32.load (local.get $entry)) (i32.const 1)))
          (if (local.get $weights)
            (then
              (local.set $entry (i32.add (local.get $sums) (i32.shl (local.get $answer) (i32.const 3))))
              (f64.store (local.get $entry) (f64.add (f64.load (local.get $entry)) (local.get $weight)))
              (local.set $entry (i32.add (local.get $squares) (i32.shl (local.get $question) (i32.const 3))))
              (f64.store (local.get $entry)
                (f64.add
                  (f64.load (local.get $entry))
                  (select (local.get $square) (f64.const 0) (local.get $isAnswer))))))
          (local.set $place (i32.add (local.get $place) (local.get $slots)))
          (local.set $question (i32.add (local.get $question) (i32.const 1)))
          (br_if $nextQuestion (i32.lt_u (local.get $question) (local.get $last))))
        (local.set $row (i32.add (local.get $row) (i32.const 4)))
        (br_if $nextRow (i32.lt_u (local.get $row) (local.get $rowsEnd))))
      (local.set $first (local.get $last))
      (br_if $nextQuestions (i32.lt_u (local.get $first) (local.get $questions)))))

  ;; Puts together what was counted in a table of `size` entries, and makes the table empty: the places of the entries above 0
  ;; to `places`, an i32 each, their counts to `packed`, i32, and, where `sums` is not 0, their sums to `packedSums`, f64.
  ;; Gives how many there are.
  (func (export "pack")
    (param $counts i32) (param $sums i32) (param $size i32)
    (param $places i32) (param $packed i32) (param $packedSums i32)
    (result i32)
    (local $place i32)
    (local $found i32)
    (local $count i32)
    (loop $next
      (local.set $count (i32.load (i32.add (local.get $counts) (i32.shl (local.get $place) (i32.const 2)))))
      (if (local.get $count)
        (then
          (i32.store (i32.add (local.get $places) (i32.shl (local.get $found) (i32.const 2))) (local.get $place))
          (i32.store (i32.add (local.get $packed) (i32.shl (local.get $found) (i32.const 2))) (local.get $count))
          (if (local.get $sums)
            (then
              (f64.store (i32.add (local.get $packedSums) (i32.shl (local.get $found) (i32.const 3)))
                (f64.load (i32.add (local.get $sums) (i32.shl (local.get $place) (i32.const 3)))))))
          (local.set $found (i32.add (local.get $found) (i32.const 1)))))
      (local.set $place (i32.add (local.get $place) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $place) (local.get $size))))
    (memory.fill (local.get $counts) (i32.const 0) (i32.shl (local.get $size) (i32.const 2)))
    (if (local.get $sums)
      (then (memory.fill (local.get $sums) (i32.const 0) (i32.shl (local.get $size) (i32.const 3)))))
    (local.get $found))

  ;; Adds entries as `pack` gives them, `length` of them, to the tables that it takes them from. Weights are passed over where
  ;; `packedSums` is 0.
  (func (export "unpack")
    (param $places i32) (param $length i32) (param $packed i32) (param $packedSums i32)
    (param $counts i32) (param $sums i32)
    (local $end i32)
    (local $place i32)
    (local $entry i32)
    (local.set $end (i32.add (local.get $places) (i32.shl (local.get $length) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $places) (local.get $end)))
        (local.set $place (i32.load (local.get $places)))
        (local.set $entry (i32.add (local.get $counts) (i32.shl (local.get $place) (i32.const 2))))
        (i32.store (local.get $entry) (i32.add (i32.load (local.get $entry)) (i32.load (local.get $packed))))
        (if (local.get $packedSums)
          (then
            (local.set $entry (i32.add (local.get $sums) (i32.shl (local.get $place) (i32.const 3))))
            (f64.store (local.get $entry) (f64.add (f64.load (local.get $entry)) (f64.load (local.get $packedSums))))
            (local.set $packedSums (i32.add (local.get $packedSums) (i32.const 8)))))
        (local.set $packed (i32.add (local.get $packed) (i32.const 4)))
        (local.set $places (i32.add (local.get $places) (i32.const 4)))
        (br $next))))

  ;; Adds to `totals`, an i32 for each question, how many of some places, which rise, are of the question.
  (func (export "tally") (param $places i32) (param $length i32) (param $slots i32) (param $totals i32)
    (local $end i32)
    (local $bound i32)
    (local.set $end (i32.add (local.get $places) (i32.shl (local.get $length) (i32.const 2))))
    (local.set $bound (local.get $slots))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $places) (local.get $end)))
        (if (i32.ge_u (i32.load (local.get $places)) (local.get $bound))
          (then
            (local.set $bound (i32.add (local.get $bound) (local.get $slots)))
            (local.set $totals (i32.add (local.get $totals) (i32.const 4)))
            (br $next)))
        (i32.store (local.get $totals) (i32.add (i32.load (local.get $totals)) (i32.const 1)))
        (local.set $places (i32.add (local.get $places) (i32.const 4)))
        (br $next)))))
