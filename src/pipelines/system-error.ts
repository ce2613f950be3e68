/** The system's name for what went wrong, as `ENOENT`; undefined where the error has none. */
export function systemErrorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
