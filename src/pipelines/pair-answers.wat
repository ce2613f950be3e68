;; Puts counted answers in the order of their pairs of question and cell, and adds up what is told of each pair: the inner loops
;; of distributions. Several threads read what comes out.
(module
  (memory (import "caller" "memory") 1 65536 shared)

  ;; Moves what was counted of one cell to where the cell is the last so far: question by question, cell by cell. From `places` up
  ;; to `placesEnd` there is an i32 for each of its entries, rising, question x `slots` + slot, with its count, i32, and its
  ;; weight, f64; `squares` has an f64 for each question. `cursors` has an i32 for each question: which entry is the next.
  ;;
  ;; Of an entry stay its slot, a byte, its count, and its weight. Of each question the pair with this cell, `step` pairs behind
  ;; the one before, gets its `ownSquares`, f64, and in `answersEnds` and `ends`, i32, where its entries end: the answers, whose
  ;; slots are below `codes`, and the reasons for none that follow them.
  (func (export "arrange")
    (param $places i32) (param $placesEnd i32) (param $counts i32) (param $weights i32) (param $squares i32)
    (param $slots i32) (param $codes i32) (param $cursors i32) (param $cursorsEnd i32)
    (param $ownSlots i32) (param $ownCounts i32) (param $ownWeights i32)
    (param $pair i32) (param $step i32) (param $ownSquares i32) (param $answersEnds i32) (param $ends i32)
    (local $cursor i32)
    (local $first i32)
    (local $slot i32)
    (local $to i32)
    (loop $nextQuestion
      (local.set $cursor (i32.load (local.get $cursors)))
      (local.set $to (local.get $cursor))
      (block $moved
        (loop $nextEntry
          (br_if $moved (i32.ge_u (local.get $places) (local.get $placesEnd)))
          (local.set $slot (i32.sub (i32.load (local.get $places)) (local.get $first)))
          (br_if $moved (i32.ge_u (local.get $slot) (local.get $slots)))
          (i32.store8 (i32.add (local.get $ownSlots) (local.get $cursor)) (local.get $slot))
          (i32.store
            (i32.add (local.get $ownCounts) (i32.shl (local.get $cursor) (i32.const 2)))
            (i32.load (local.get $counts)))
          (f64.store
            (i32.add (local.get $ownWeights) (i32.shl (local.get $cursor) (i32.const 3)))
            (f64.load (local.get $weights)))
          (local.set $cursor (i32.add (local.get $cursor) (i32.const 1)))
          (if (i32.lt_u (local.get $slot) (local.get $codes)) (then (local.set $to (local.get $cursor))))
          (local.set $places (i32.add (local.get $places) (i32.const 4)))
          (local.set $counts (i32.add (local.get $counts) (i32.const 4)))
          (local.set $weights (i32.add (local.get $weights) (i32.const 8)))
          (br $nextEntry)))
      (i32.store (i32.add (local.get $answersEnds) (i32.shl (local.get $pair) (i32.const 2))) (local.get $to))
      (i32.store (i32.add (local.get $ends) (i32.shl (local.get $pair) (i32.const 2))) (local.get $cursor))
      (f64.store
        (i32.add (local.get $ownSquares) (i32.shl (local.get $pair) (i32.const 3)))
        (f64.load (local.get $squares)))
      (i32.store (local.get $cursors) (local.get $cursor))
      (local.set $cursors (i32.add (local.get $cursors) (i32.const 4)))
      (local.set $squares (i32.add (local.get $squares) (i32.const 8)))
      (local.set $first (i32.add (local.get $first) (local.get $slots)))
      (local.set $pair (i32.add (local.get $pair) (local.get $step)))
      (br_if $nextQuestion (i32.lt_u (local.get $cursors) (local.get $cursorsEnd)))))

  ;; Adds up what is told of each pair of which at least `least` have answered, from what `arrange` has left of all `cells`.
  ;; `starts` has an i32 for each question: its first entry. `codeOf` has an f64 for each slot of an answer; `respondents` an f64
  ;; for each cell. A reason for no answer counts in the denominator where its bit of `inDenominator` is 1, the first reason's
  ;; the lowest. `asked`, where it is not 0, has a byte for each pair: 0 where the question was not put to the cell.
  ;;
  ;; Writes columns, each behind the other, `room` pairs long: at `indices` i32, at `numbers` f64; `pair-answers.ts` has their
  ;; order. To `left`, i32, go the numbers of pairs that are not written: not asked, without an answer, below `least`. Gives how
  ;; many are.
  (func (export "summarise")
    (param $questions i32) (param $cells i32) (param $starts i32)
    (param $ownSlots i32) (param $ownCounts i32) (param $ownWeights i32)
    (param $squares i32) (param $answersEnds i32) (param $ends i32)
    (param $codes i32) (param $codeOf i32) (param $respondents i32)
    (param $inDenominator i32) (param $least f64) (param $asked i32)
    (param $room i32) (param $indices i32) (param $numbers i32) (param $left i32)
    (result i32)
    (local $question i32)
    (local $cell i32)
    (local $square f64)
    (local $from i32)
    (local $to i32)
    (local $end i32)
    (local $entry i32)
    (local $column i32)
    (local $wide i32)
    (local $slot i32)
    (local $reason i32)
    (local $written i32)
    (local $code f64)
    (local $counted f64)
    (local $weighed f64)
    (local $count f64)
    (local $weight f64)
    (local $sum f64)
    (local $weightedSum f64)
    (local $mean f64)
    (local $weightedMean f64)
    (local $own f64)
    (local $ownWeight f64)
    (local $all f64)
    (local.set $wide (i32.shl (local.get $room) (i32.const 3)))
    (local.set $room (i32.shl (local.get $room) (i32.const 2)))
    (block $done
      (loop $nextQuestion
        (br_if $done (i32.ge_u (local.get $question) (local.get $questions)))
        (local.set $end (i32.load (local.get $starts)))
        (local.set $starts (i32.add (local.get $starts) (i32.const 4)))
        (local.set $cell (i32.const 0))
        (loop $nextCell
          (local.set $square (f64.load (local.get $squares)))
          (local.set $squares (i32.add (local.get $squares) (i32.const 8)))
          (local.set $from (local.get $end))
          (local.set $to (i32.load (local.get $answersEnds)))
          (local.set $end (i32.load (local.get $ends)))
          (local.set $answersEnds (i32.add (local.get $answersEnds) (i32.const 4)))
          (local.set $ends (i32.add (local.get $ends) (i32.const 4)))
          (block $told
            (if (local.get $asked)
              (then
                (if
                  (i32.eqz
                    (i32.load8_u
                      (i32.add (local.get $asked)
                        (i32.add (i32.mul (local.get $question) (local.get $cells)) (local.get $cell)))))
                  (then
                    (i32.store (local.get $left) (i32.add (i32.load (local.get $left)) (i32.const 1)))
                    (br $told)))))
            (local.set $count (f64.const 0))
            (local.set $weight (f64.const 0))
            (local.set $sum (f64.const 0))
            (local.set $weightedSum (f64.const 0))
            (local.set $entry (local.get $from))
            (block $added
              (loop $nextAnswer
                (br_if $added (i32.ge_u (local.get $entry) (local.get $to)))
                (local.set $code
                  (f64.load
                    (i32.add (local.get $codeOf)
                      (i32.shl
                        (i32.load8_u (i32.add (local.get $ownSlots) (local.get $entry)))
                        (i32.const 3)))))
                (local.set $counted
                  (f64.convert_i32_u
                    (i32.load (i32.add (local.get $ownCounts) (i32.shl (local.get $entry) (i32.const 2))))))
                (local.set $weighed
                  (f64.load (i32.add (local.get $ownWeights) (i32.shl (local.get $entry) (i32.const 3)))))
                (local.set $count (f64.add (local.get $count) (local.get $counted)))
                (local.set $weight (f64.add (local.get $weight) (local.get $weighed)))
                (local.set $sum (f64.add (local.get $sum) (f64.mul (local.get $counted) (local.get $code))))
                (local.set $weightedSum
                  (f64.add (local.get $weightedSum) (f64.mul (local.get $weighed) (local.get $code))))
                (local.set $entry (i32.add (local.get $entry) (i32.const 1)))
                (br $nextAnswer)))
            (if (f64.eq (local.get $count) (f64.const 0))
              (then
                (i32.store offset=4 (local.get $left) (i32.add (i32.load offset=4 (local.get $left)) (i32.const 1)))
                (br $told)))
            (if (f64.lt (local.get $count) (local.get $least))
              (then
                (i32.store offset=8 (local.get $left) (i32.add (i32.load offset=8 (local.get $left)) (i32.const 1)))
                (br $told)))
            (local.set $mean (f64.div (local.get $sum) (local.get $count)))
            (local.set $weightedMean
              (select
                (f64.div (local.get $weightedSum) (local.get $weight))
                (f64.const nan)
                (f64.gt (local.get $weight) (f64.const 0))))
            ;; Now the sums are those of the squares.
            (local.set $sum (f64.const 0))
            (local.set $weightedSum (f64.const 0))
            (local.set $entry (local.get $from))
            (loop $nextSquare
              (local.set $code
                (f64.load
                  (i32.add (local.get $codeOf)
                    (i32.shl
                      (i32.load8_u (i32.add (local.get $ownSlots) (local.get $entry)))
                      (i32.const 3)))))
              (local.set $counted
                (f64.convert_i32_u
                  (i32.load (i32.add (local.get $ownCounts) (i32.shl (local.get $entry) (i32.const 2))))))
              (local.set $weighed
                (f64.load (i32.add (local.get $ownWeights) (i32.shl (local.get $entry) (i32.const 3)))))
              (local.set $own (f64.sub (local.get $code) (local.get $mean)))
              (local.set $sum
                (f64.add (local.get $sum)
                  (f64.mul (local.get $counted) (f64.mul (local.get $own) (local.get $own)))))
              (local.set $own (f64.sub (local.get $code) (local.get $weightedMean)))
              (local.set $weightedSum
                (f64.add (local.get $weightedSum)
                  (f64.mul (local.get $weighed) (f64.mul (local.get $own) (local.get $own)))))
              (local.set $entry (i32.add (local.get $entry) (i32.const 1)))
              (br_if $nextSquare (i32.lt_u (local.get $entry) (local.get $to))))

            (local.set $all
              (f64.load (i32.add (local.get $respondents) (i32.shl (local.get $cell) (i32.const 3)))))
            (local.set $own (local.get $count))
            (local.set $ownWeight (local.get $weight))
            (block $counted
              (loop $nextReason
                (br_if $counted (i32.ge_u (local.get $entry) (local.get $end)))
                (local.set $reason
                  (i32.sub
                    (i32.load8_u (i32.add (local.get $ownSlots) (local.get $entry)))
                    (local.get $codes)))
                (local.set $counted
                  (f64.convert_i32_u
                    (i32.load (i32.add (local.get $ownCounts) (i32.shl (local.get $entry) (i32.const 2))))))
                ;; The shares of the reasons are behind the nine other columns.
                (f64.store
                  (i32.add
                    (i32.add (local.get $numbers) (i32.shl (local.get $written) (i32.const 3)))
                    (i32.mul (local.get $wide) (i32.add (local.get $reason) (i32.const 9))))
                  (f64.div (local.get $counted) (local.get $all)))
                (if (i32.and (i32.shr_u (local.get $inDenominator) (local.get $reason)) (i32.const 1))
                  (then
                    (local.set $own (f64.add (local.get $own) (local.get $counted)))
                    (local.set $ownWeight
                      (f64.add (local.get $ownWeight)
                        (f64.load (i32.add (local.get $ownWeights) (i32.shl (local.get $entry) (i32.const 3))))))))
                (local.set $entry (i32.add (local.get $entry) (i32.const 1)))
                (br $nextReason)))

            (local.set $column (i32.add (local.get $indices) (i32.shl (local.get $written) (i32.const 2))))
            (i32.store (local.get $column) (local.get $question))
            (local.set $column (i32.add (local.get $column) (local.get $room)))
            (i32.store (local.get $column) (local.get $cell))
            (local.set $column (i32.add (local.get $column) (local.get $room)))
            (i32.store (local.get $column) (local.get $from))
            (local.set $column (i32.add (local.get $column) (local.get $room)))
            (i32.store (local.get $column) (local.get $to))
            (local.set $column (i32.add (local.get $column) (local.get $room)))
            (i32.store (local.get $column) (i32.trunc_f64_u (local.get $all)))
            (local.set $column (i32.add (local.get $column) (local.get $room)))
            (i32.store (local.get $column) (i32.trunc_f64_u (local.get $count)))

            (local.set $column (i32.add (local.get $numbers) (i32.shl (local.get $written) (i32.const 3))))
            (f64.store (local.get $column) (local.get $own))
            (local.set $column (i32.add (local.get $column) (local.get $wide)))
            (f64.store (local.get $column) (local.get $ownWeight))
            (local.set $column (i32.add (local.get $column) (local.get $wide)))
            (f64.store (local.get $column) (local.get $weight))
            ;; Kish: the squared sum of the weights over the sum of their squares.
            (local.set $column (i32.add (local.get $column) (local.get $wide)))
            (f64.store (local.get $column)
              (select
                (f64.div (f64.mul (local.get $weight) (local.get $weight)) (local.get $square))
                (f64.const nan)
                (f64.gt (local.get $square) (f64.const 0))))
            (local.set $column (i32.add (local.get $column) (local.get $wide)))
            (f64.store (local.get $column) (f64.sub (f64.const 1) (f64.div (local.get $count) (local.get $all))))
            (local.set $column (i32.add (local.get $column) (local.get $wide)))
            (f64.store (local.get $column) (local.get $mean))
            (local.set $column (i32.add (local.get $column) (local.get $wide)))
            (f64.store (local.get $column) (local.get $weightedMean))
            (local.set $column (i32.add (local.get $column) (local.get $wide)))
            (f64.store (local.get $column) (f64.div (local.get $sum) (local.get $count)))
            (local.set $column (i32.add (local.get $column) (local.get $wide)))
            (f64.store (local.get $column) (f64.div (local.get $weightedSum) (local.get $weight)))
            (local.set $written (i32.add (local.get $written) (i32.const 1))))
          (local.set $cell (i32.add (local.get $cell) (i32.const 1)))
          (br_if $nextCell (i32.lt_u (local.get $cell) (local.get $cells))))
        (local.set $question (i32.add (local.get $question) (i32.const 1)))
        (br $nextQuestion)))
    (local.get $written))

  ;; Writes what `table`, i32, has at each of the i32 from `at` up to `end` to `out`.
  (func (export "lookUp") (param $at i32) (param $end i32) (param $table i32) (param $out i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (i32.store (local.get $out)
          (i32.load (i32.add (local.get $table) (i32.shl (i32.load (local.get $at)) (i32.const 2)))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (local.set $out (i32.add (local.get $out) (i32.const 4)))
        (br $next)))))
