import { worldValuesBenchFile } from '../project.js'

/**
 * A survey file that is worked on in several blocks (of four megabytes, as builds cut them): the respondents of the fixture
 * twice, the second time with every interview id repeated.
 */
export function severalBlocks(): Buffer {
  const raw = worldValuesBenchFile('raw.csv')
  const records = raw.subarray(raw.indexOf(0x0a) + 1)
  return Buffer.concat([raw, records])
}
