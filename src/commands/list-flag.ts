/**
 * A flag for yargs whose value is a list with commas; it may also be given several times. One value each: a survey file
 * that stands behind it is no part of the list.
 */
export const list = { type: 'string', array: true, nargs: 1 } as const
