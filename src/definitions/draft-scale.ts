import type { Scale, ValueLabels } from './schema.js'

/** What the value labels of a variable say about its scale. */
export interface DraftScale {
  scale: Scale
  recodes?: Record<string, number | null>
  /** What is suspicious about the codes, for a person to confirm; none where they run in order. */
  suspects: string[]
}

/** Answers in the middle between two ends. */
const neutral =
  /\b(hard to say|neither(?! of\b)|undecided|don.?t mind|about the same|the same|in between|no difference)\b/i
/** Answers beside every scale. */
const beside =
  /^(some )?other( answer| \(.*)?$|^\d*\s*other answer|not allowed|not eligible|^i am not\b|not a national|^neither of (them|these)|^both\b|do(n.?t| not) know|not applicable|no opinion|can.?t choose/i
/** Answers below the lowest place of a scale that say the same, only stronger. */
const beyond = /\(spontaneous\)|spontaneously|against/i

/** Says the contrary of an answer that has no such word. */
const negation = /\b(not|no|none|never|\p{L}+n['´’`]t)\b/iu

/** Codes labelled by their own numbers make a scale where there are so many: fewer are as likely counts. */
const fewestBarePlaces = 5

/** Longest scale that value labels make; longer lists are categories. */
const mostPlaces = 11

/**
 * The scale that a variable's labelled codes make, with recodes where a code is out of order: an answer beside the
 * scale ("Other", "Not allowed to vote") is left out, a middle answer at an end ("Hard to say" at 0) goes to the middle, a
 * spontaneous answer below the scale joins its lowest place, and "Yes" and "No" are next to each other whatever their codes. Undefined where the codes make no scale.
 */
export function draftScale(labels: ValueLabels): DraftScale | undefined {
  const answers = Object.entries(labels)
    .map(([code, label]) => ({ code: Number(code), label: label.trim() }))
    .filter(({ code }) => Number.isInteger(code) && code >= 0)
    .sort((left, right) => left.code - right.code)
  const suspects: string[] = []
  const places = new Map<number, number | null>()
  const onScale = answers.filter(({ code, label }, at) => {
    const atEnd = at === 0 || answers.slice(at).every((later) => beside.test(later.label))
    if (!atEnd || !beside.test(label) || neutral.test(label)) return true
    places.set(code, null)
    suspects.push(`recodes: code ${code} ("${label}") is no place on the scale: left out`)
    return false
  })
  if (onScale.length < 2 || onScale.length > mostPlaces + 1) return undefined
  closePair(onScale, places, suspects)
  moveZero(onScale, places, suspects)
  moveNeutralEnd(onScale, places, suspects)
  return scaleOf(onScale, places, suspects)
}

interface Answer {
  code: number
  label: string
}

/** An answer and its contrary are the two places of a scale, be their codes 1 and 5. */
function closePair(answers: Answer[], places: Map<number, number | null>, suspects: string[]): void {
  if (answers.length !== 2) return
  const [first, second] = answers
  if (second.code <= 2 || !isContrary(first.label, second.label)) return
  for (const [at, { code, label }] of answers.entries()) {
    if (code === at + 1) continue
    places.set(code, at + 1)
    suspects.push(`recodes: code ${code} ("${label}") is one of two contrary answers: moved to ${at + 1}`)
  }
}

/** "Yes" and "No", "Used last week" and "Did not use last week". */
function isContrary(positive: string, negative: string): boolean {
  if (negation.test(positive) || !negation.test(negative)) return false
  const words = (text: string): string[] => text.toLowerCase().match(/\p{L}+/gu) ?? []
  const said = words(positive)
  const denied = words(negative)
  const common = said.filter((word) => denied.includes(word)).length
  return (said[0] === 'yes' && denied[0] === 'no') || common * 2 > said.length
}

function moveZero(answers: Answer[], places: Map<number, number | null>, suspects: string[]): void {
  const [zero, ...rest] = answers
  if (zero.code !== 0 || rest.length < 2) return
  if (neutral.test(zero.label) && rest.length % 2 === 0) {
    const middle = rest.length / 2 + 1
    places.set(0, middle)
    for (const [at, { code }] of rest.entries()) if (at + 1 >= middle) places.set(code, at + 2)
    suspects.push(
      `recodes: code 0 ("${zero.label}") reads like the middle of the scale: moved to ${middle}, those above it up by one`,
    )
  } else if (beyond.test(zero.label)) {
    places.set(0, rest[0].code)
    suspects.push(`recodes: code 0 ("${zero.label}") lies beyond the scale's lowest place: joined with ${rest[0].code}`)
  }
}

function moveNeutralEnd(answers: Answer[], places: Map<number, number | null>, suspects: string[]): void {
  const last = answers[answers.length - 1]
  if (answers.length !== 3 || places.has(answers[0].code) || !neutral.test(last.label)) return
  const [, second] = answers
  if (neutral.test(second.label)) return
  places.set(second.code, last.code)
  places.set(last.code, second.code)
  suspects.push(
    `recodes: code ${last.code} ("${last.label}") reads like the middle of the scale: exchanged with ${second.code}`,
  )
}

function scaleOf(answers: Answer[], places: Map<number, number | null>, suspects: string[]): DraftScale | undefined {
  const labelAt = new Map<number, string>()
  for (const { code, label } of answers) {
    const place = places.has(code) ? places.get(code) : code
    // The answer that stands there by itself speaks for its place, not the one that joined it.
    if (place !== null && place !== undefined && (!labelAt.has(place) || place === code)) labelAt.set(place, label)
  }
  const min = Math.min(...labelAt.keys())
  const max = Math.max(...labelAt.keys())
  const minLabel = labelAt.get(min)
  const maxLabel = labelAt.get(max)
  if (labelAt.size !== max - min + 1 || min === max || minLabel === undefined || maxLabel === undefined)
    return undefined
  if (minLabel === maxLabel) return undefined
  if (!/\p{L}/u.test(minLabel) || !/\p{L}/u.test(maxLabel)) {
    if (labelAt.size < fewestBarePlaces) return undefined
    suspects.push(`scale: the labels of its ends are bare numbers, ${minLabel} and ${maxLabel}; say what they mean`)
  }
  const recodes = Object.fromEntries(places)
  return { scale: { min, max, minLabel, maxLabel }, ...(places.size === 0 ? {} : { recodes }), suspects }
}
