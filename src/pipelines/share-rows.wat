;; Makes rows of the table of shares: the inner loop of distributions once the pairs of question and group are there.
(module
  (memory (import "caller" "memory") 1)

  ;; A row for each answer on the scale of each of some `pairs`, those that nobody gave too: without the first `skipped`, and no
  ;; more than `most`. Of each pair there is at `questionOf` an i32, the place of its question; at `from` and `to`, i32, which
  ;; entries its answers have; at `denominators` and `denominatorWeights` an f64, what their counts and weights are shares of.
  ;; Of each entry there are at `slots` a byte, at `counts` an i32, at `weights` an f64; `base` is the first of them. Of each
  ;; question the slots of the scale go from `scaleStarts` up to `scaleEnds`, i32; at `labels` it has `codes` i32, one for each
  ;; slot. `codeOf` has an i32 for each slot.
  ;;
  ;; Writes for each pair how many rows it has to `rows`, i32; for each row to `answers` what `codeOf` says, to `ownLabels` what
  ;; `labels` says, to `ns` the count, all i32, to `shares` and `weightedShares` f64: NaN by weight where all weights are 0.
  (func (export "rows")
    (param $pairs i32) (param $skipped i32) (param $most i32)
    (param $questionOf i32) (param $from i32) (param $to i32) (param $denominators i32) (param $denominatorWeights i32)
    (param $base i32) (param $slots i32) (param $counts i32) (param $weights i32)
    (param $scaleStarts i32) (param $scaleEnds i32) (param $codes i32) (param $codeOf i32) (param $labels i32)
    (param $rows i32) (param $answers i32) (param $ownLabels i32) (param $ns i32) (param $shares i32) (param $weightedShares i32)
    (local $question i32)
    (local $first i32)
    (local $length i32)
    (local $slot i32)
    (local $entry i32)
    (local $last i32)
    (local $label i32)
    (local $count i32)
    (local $denominator f64)
    (local $weight f64)
    (local $none f64)
    (block $done
      (loop $nextPair
        (br_if $done (i32.eqz (local.get $pairs)))
        (local.set $question (i32.shl (i32.load (local.get $questionOf)) (i32.const 2)))
        (local.set $first
          (i32.add (i32.load (i32.add (local.get $scaleStarts) (local.get $question))) (local.get $skipped)))
        (local.set $length
          (i32.sub (i32.load (i32.add (local.get $scaleEnds) (local.get $question))) (local.get $first)))
        (if (i32.gt_u (local.get $length) (local.get $most)) (then (local.set $length (local.get $most))))
        (local.set $most (i32.sub (local.get $most) (local.get $length)))
        (local.set $skipped (i32.const 0))
        (i32.store (local.get $rows) (local.get $length))
        (local.set $denominator (f64.load (local.get $denominators)))
        (local.set $weight (f64.load (local.get $denominatorWeights)))
        (local.set $none
          (select (f64.const 0) (f64.const nan) (f64.gt (local.get $weight) (f64.const 0))))

        (local.set $slot (i32.const 0))
        (local.set $label
          (i32.add (local.get $labels)
            (i32.add
              (i32.mul (local.get $question) (local.get $codes))
              (i32.shl (local.get $first) (i32.const 2)))))
        (block $empty
          (loop $nextSlot
            (br_if $empty (i32.ge_u (local.get $slot) (local.get $length)))
            (i32.store
              (i32.add (local.get $answers) (i32.shl (local.get $slot) (i32.const 2)))
              (i32.load
                (i32.add (local.get $codeOf)
                  (i32.shl (i32.add (local.get $first) (local.get $slot)) (i32.const 2)))))
            (i32.store
              (i32.add (local.get $ownLabels) (i32.shl (local.get $slot) (i32.const 2)))
              (i32.load (i32.add (local.get $label) (i32.shl (local.get $slot) (i32.const 2)))))
            (i32.store (i32.add (local.get $ns) (i32.shl (local.get $slot) (i32.const 2))) (i32.const 0))
            (f64.store (i32.add (local.get $shares) (i32.shl (local.get $slot) (i32.const 3))) (f64.const 0))
            (f64.store (i32.add (local.get $weightedShares) (i32.shl (local.get $slot) (i32.const 3))) (local.get $none))
            (local.set $slot (i32.add (local.get $slot) (i32.const 1)))
            (br $nextSlot)))

        (local.set $entry (i32.sub (i32.load (local.get $from)) (local.get $base)))
        (local.set $last (i32.sub (i32.load (local.get $to)) (local.get $base)))
        (block $filled
          (loop $nextEntry
            (br_if $filled (i32.ge_u (local.get $entry) (local.get $last)))
            (local.set $slot
              (i32.sub (i32.load8_u (i32.add (local.get $slots) (local.get $entry))) (local.get $first)))
            ;; Rows may begin and end among the answers of a pair.
            (if (i32.lt_u (local.get $slot) (local.get $length))
              (then
                (local.set $count
                  (i32.load (i32.add (local.get $counts) (i32.shl (local.get $entry) (i32.const 2)))))
                (i32.store (i32.add (local.get $ns) (i32.shl (local.get $slot) (i32.const 2))) (local.get $count))
                (f64.store
                  (i32.add (local.get $shares) (i32.shl (local.get $slot) (i32.const 3)))
                  (f64.div (f64.convert_i32_u (local.get $count)) (local.get $denominator)))
                (f64.store
                  (i32.add (local.get $weightedShares) (i32.shl (local.get $slot) (i32.const 3)))
                  (select
                    (f64.div
                      (f64.load (i32.add (local.get $weights) (i32.shl (local.get $entry) (i32.const 3))))
                      (local.get $weight))
                    (local.get $none)
                    (f64.gt (local.get $weight) (f64.const 0))))))
            (local.set $entry (i32.add (local.get $entry) (i32.const 1)))
            (br $nextEntry)))

        (local.set $answers (i32.add (local.get $answers) (i32.shl (local.get $length) (i32.const 2))))
        (local.set $ownLabels (i32.add (local.get $ownLabels) (i32.shl (local.get $length) (i32.const 2))))
        (local.set $ns (i32.add (local.get $ns) (i32.shl (local.get $length) (i32.const 2))))
        (local.set $shares (i32.add (local.get $shares) (i32.shl (local.get $length) (i32.const 3))))
        (local.set $weightedShares (i32.add (local.get $weightedShares) (i32.shl (local.get $length) (i32.const 3))))
        (local.set $rows (i32.add (local.get $rows) (i32.const 4)))
        (local.set $questionOf (i32.add (local.get $questionOf) (i32.const 4)))
        (local.set $from (i32.add (local.get $from) (i32.const 4)))
        (local.set $to (i32.add (local.get $to) (i32.const 4)))
        (local.set $denominators (i32.add (local.get $denominators) (i32.const 8)))
        (local.set $denominatorWeights (i32.add (local.get $denominatorWeights) (i32.const 8)))
        (local.set $pairs (i32.sub (local.get $pairs) (i32.const 1)))
        (br $nextPair)))))
