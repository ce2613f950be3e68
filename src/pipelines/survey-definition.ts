import { type LoadedDefinition, loadDefinition } from '../definitions/loader.js'
import { recogniseWave } from '../definitions/wave-recognition.js'
import { SurveyError } from '../formats/survey-error.js'
import type { InputOptions } from '../formats/survey-input.js'
import { findDefinition, waveOf } from './survey-check.js'
import { openSurveyFile } from './survey-file.js'

/**
 * The built-in definition that a survey file is for. A file that none fits gets that of the newest wave, whose plan
 * says what is missing. Throws a SurveyError where two fit alike.
 */
export async function definitionOfSurvey(path: string, options: InputOptions = {}): Promise<LoadedDefinition> {
  const { dialect, name } = await openSurveyFile(path, options)
  const found = findDefinition(dialect)
  if (found !== undefined) return found
  const [best, second] = waveOf(dialect) === undefined ? recogniseWave(dialect.columns) : []
  if (best !== undefined && second !== undefined) {
    throw new SurveyError(
      `the columns are as much those of wave ${best.wave} as of wave ${second.wave}, where they stand for other ` +
        `questions; say which it is, --wave ${best.wave} or --wave ${second.wave}`,
      { kind: 'usage', place: { file: name, line: 1 } },
    )
  }
  return loadDefinition('7')
}
