import { SurveyError } from '../formats/survey-error.js'

/** A list with commas, or several, each entry one of `allowed`, in the order of those. */
export function choices<T extends string>(lists: string | string[], allowed: readonly T[], flag: string): T[] {
  const list = [lists].flat().join(',')
  const chosen = list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  const known = allowed.filter((choice) => chosen.includes(choice))
  const unknown = chosen.find((choice) => !allowed.some((allowedChoice) => allowedChoice === choice))
  if (unknown !== undefined || known.length === 0) {
    throw usageError(`${flag}: "${unknown ?? list}" is none of ${allowed.join(', ')}`)
  }
  return known
}

/** Three shares, not all 0. */
export function parseRatios(text: string): [number, number, number] {
  const [train, valid, test, ...more] = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  const shares = [train, valid, test]
  const whole = shares.reduce((sum, share) => sum + share, 0)
  if (more.length > 0 || !(whole > 0) || !Number.isFinite(whole) || shares.some((share) => share < 0)) {
    throw usageError(`--ratios: "${text}" is no three shares; expected train,valid,test such as 70,15,15`)
  }
  return [train, valid, test]
}

/** A whole number above 0, where one is given. */
export function positiveInteger(value: number | undefined, flag: string): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && value > 0)) return value
  throw usageError(`${flag} takes a whole number above 0`)
}

/** A whole number from 0, where one is given. */
export function seedOf(value: number | undefined, flag = '--seed'): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return value
  throw usageError(`${flag} takes a whole number, 0 or more`)
}

export function usageError(message: string): SurveyError {
  return new SurveyError(message, { kind: 'usage' })
}
