import { SurveyError } from '../formats/survey-error.js'

/**
 * A check for yargs: a flag that takes one value was given one. Flags that take a list are left alone, all others would
 * come as an array of what was given each time.
 */
export function givenOnce(lists: readonly string[]): (args: Record<string, unknown>) => true {
  return (args) => {
    for (const [flag, value] of Object.entries(args)) {
      if (flag === '_' || lists.includes(flag) || !Array.isArray(value)) continue
      throw new SurveyError(`--${flag} was given ${value.length} times; expected one value`, { kind: 'usage' })
    }
    return true
  }
}
