;; Copies many short pieces of text one behind the other: the inner loop of an export. In JavaScript each of them would be
;; a call, which takes longer than the copy.
(module
  (memory (import "pieces" "memory") 1)

  ;; From `spans` up to `last` there are pairs of i32, the address and the length of a piece, one pair at least. Copies
  ;; the pieces to `out` and gives the address behind the last of them. Up to 32 bytes behind each piece are read, and
  ;; behind the last one written.
  (func (export "join") (param $spans i32) (param $last i32) (param $out i32) (result i32)
    (local $from i32)
    (local $to i32)
    (loop $next
      (local.set $from (i32.load (local.get $spans)))
      (local.set $to (local.get $out))
      (local.set $out (i32.add (local.get $out) (i32.load offset=4 (local.get $spans))))
      (loop $copy
        (v128.store (local.get $to) (v128.load (local.get $from)))
        (v128.store offset=16 (local.get $to) (v128.load offset=16 (local.get $from)))
        (local.set $from (i32.add (local.get $from) (i32.const 32)))
        (local.set $to (i32.add (local.get $to) (i32.const 32)))
        (br_if $copy (i32.lt_u (local.get $to) (local.get $out))))
      (local.set $spans (i32.add (local.get $spans) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $spans) (local.get $last))))
    (local.get $out)))
