import { SurveyError } from '../formats/survey-error.js'

/** A SurveyError on its way to another thread: of an error itself only message and stack come through. */
export interface SurveyFailure {
  surveyError: string
  kind: SurveyError['kind']
}

/** What goes to the other thread in place of an error. */
export function sentError(error: unknown): unknown {
  if (!(error instanceof SurveyError)) return error
  const failure: SurveyFailure = { surveyError: error.message, kind: error.kind }
  return failure
}

/** What another thread threw: its SurveyError is one again. */
export function receivedError(error: unknown): unknown {
  return isSurveyFailure(error) ? new SurveyError(error.surveyError, { kind: error.kind }) : error
}

function isSurveyFailure(error: unknown): error is SurveyFailure {
  return typeof error === 'object' && error !== null && 'surveyError' in error
}
