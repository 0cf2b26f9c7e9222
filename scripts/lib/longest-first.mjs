import { BaseSequencer } from 'vitest/node'

/**
 * Vitest's own order, which a fresh checkout has no times for, with the longest files first: whichever
 * begins last runs alone. Projects stay one after the other, so that workers are kept.
 *
 * @param names Ends of paths, the longest file first.
 */
export function longestFirst(names) {
  const rank = ({ moduleId }) => {
    const found = names.findIndex((name) => moduleId.endsWith(`/${name}`))
    return found === -1 ? names.length : found
  }
  return class LongestFirst extends BaseSequencer {
    async sort(files) {
      const sorted = await super.sort(files)
      const projects = [...new Set(sorted.map(({ project }) => project))]
      // Array.prototype.sort is stable.
      return sorted.toSorted(
        (a, b) => projects.indexOf(a.project) - projects.indexOf(b.project) || rank(a) - rank(b),
      )
    }
  }
}
