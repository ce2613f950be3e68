import { groupedNumber } from '../formats/grouped-number.js'
/** People can be recognised: how many respondents share all their demographics with few others. */
export interface SmallGroups {
  /** How many demographics are chosen. */
  demographics: number
  respondents: number
  /** Respondents in the smallest group that is alike in all of them. */
  smallestGroup: number
  groupsUnder5: number
  respondentsUnder5: number
}

/** Counts the groups that blocks of profiles make (see `DemographicProfiler`): the smallest, and what is in those under five. */
export function smallGroups(demographics: number, blocks: readonly Float64Array[]): SmallGroups {
  const profiles = new Float64Array(blocks.reduce((sum, block) => sum + block.length, 0))
  let filled = 0
  for (const block of blocks) {
    profiles.set(block, filled)
    filled += block.length
  }
  profiles.sort()
  let smallestGroup = profiles.length
  let groupsUnder5 = 0
  let respondentsUnder5 = 0
  for (let start = 0; start < profiles.length; ) {
    let end = start + 1
    while (end < profiles.length && profiles[end] === profiles[start]) end++
    const size = end - start
    smallestGroup = Math.min(smallestGroup, size)
    if (size < 5) {
      groupsUnder5++
      respondentsUnder5 += size
    }
    start = end
  }
  return { demographics, respondents: profiles.length, smallestGroup, groupsUnder5, respondentsUnder5 }
}

/** Says whether people could be recognised ; without a full stop. */
export function recognitionText({ demographics, respondents, smallestGroup, respondentsUnder5 }: SmallGroups): string {
  if (demographics === 0) return 'no demographics are written'
  const alike = `the smallest group of respondents alike in all ${demographics} demographics has ${groupedNumber(smallestGroup)}`
  if (smallestGroup >= 5) return alike
  const share = ((respondentsUnder5 / Math.max(1, respondents)) * 100).toFixed(1)
  return (
    `people could be recognised: ${alike}; ` +
    `${groupedNumber(respondentsUnder5)} respondents (${share} %) share theirs with fewer than 4 others`
  )
}
