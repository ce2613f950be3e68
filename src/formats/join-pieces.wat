;; Puts lines together from pieces of text: the inner loop of an export. In JavaScript each piece would be a call, which
;; takes longer than the copy.
(module
  (memory (import "caller" "memory") 1)

  ;; Where the joined lines end.
  (global $out (export "out") (mut i32) (i32.const 0))

  ;; From `line` up to `last` there is an entry for each line: two i32, its keys. From `parts` up to `partsEnd` there is
  ;; one for each part of a line, three i32: which key it goes by, as an offset in the line's entry (0 or 4); where its
  ;; table begins; and how many pieces it has for each key. In a table a piece is two i32, its address and its length.
  ;; Neither lines nor parts nor a part's pieces may be none.
  ;;
  ;; Writes the lines from `end` on, and stops behind the first that ends beyond `limit`. Gives the entry of the next line.
  ;; Up to 32 bytes behind each piece are read, and behind the last line written.
  (func (export "join")
    (param $line i32) (param $last i32) (param $parts i32) (param $partsEnd i32) (param $end i32) (param $limit i32)
    (result i32)
    (local $part i32)
    (local $width i32)
    (local $piece i32)
    (local $piecesEnd i32)
    (local $from i32)
    (local $to i32)
    (loop $nextLine
      (local.set $part (local.get $parts))
      (loop $nextPart
        (local.set $width (i32.shl (i32.load offset=8 (local.get $part)) (i32.const 3)))
        (local.set $piece
          (i32.add
            (i32.load offset=4 (local.get $part))
            (i32.mul (i32.load (i32.add (local.get $line) (i32.load (local.get $part)))) (local.get $width))))
        (local.set $piecesEnd (i32.add (local.get $piece) (local.get $width)))
        (loop $nextPiece
          (local.set $from (i32.load (local.get $piece)))
          (local.set $to (local.get $end))
          (local.set $end (i32.add (local.get $end) (i32.load offset=4 (local.get $piece))))
          (loop $copy
            (v128.store (local.get $to) (v128.load (local.get $from)))
            (v128.store offset=16 (local.get $to) (v128.load offset=16 (local.get $from)))
            (local.set $from (i32.add (local.get $from) (i32.const 32)))
            (local.set $to (i32.add (local.get $to) (i32.const 32)))
            (br_if $copy (i32.lt_u (local.get $to) (local.get $end))))
          (local.set $piece (i32.add (local.get $piece) (i32.const 8)))
          (br_if $nextPiece (i32.lt_u (local.get $piece) (local.get $piecesEnd))))
        (local.set $part (i32.add (local.get $part) (i32.const 12)))
        (br_if $nextPart (i32.lt_u (local.get $part) (local.get $partsEnd))))
      (local.set $line (i32.add (local.get $line) (i32.const 8)))
      (br_if $nextLine
        (i32.and
          (i32.lt_u (local.get $line) (local.get $last))
          (i32.le_u (local.get $end) (local.get $limit)))))
    (global.set $out (local.get $end))
    (local.get $line)))
