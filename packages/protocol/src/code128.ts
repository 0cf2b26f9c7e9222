// Code 128, code set C (ISO/IEC 15417): two digits to a symbol character.

/** Light modules to leave at each end (ISO/IEC 15417). */
export const CODE128_QUIET_MODULES = 10

// Widths of bar, space, bar, space, bar, space for the character values 0 to 105; each sums to 11.
// ISO/IEC 15417, Table 1.
const characters =
  '212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231113222123122123221' +
  '223211221132221231213212223112312131311222321122321221312212322112322211212123212321232121111323131123131321' +
  '112313132113132311211313231113231311112133112331132131113123113321133121313121211331231131213113213311213131' +
  '311123311321331121312113312311332111314111221411431111111224111422121124121421141122141221112214112412122114' +
  '122411142112142211241211221114413111241112134111111242121142121241114212124112124211411212421112421211212141' +
  '214121412121111143111341131141114113114311411113411311113141114131311141411131211412211214211232'
const START_C = 105
const STOP = '2331112'

/**
 * Draws digits as Code 128-C.
 *
 * @param digits ASCII digits, an even number of them, at least two.
 * @returns Widths in modules, a bar first, bars and spaces alternating, without the quiet zones;
 * 24 digits make 167 modules. Throws RangeError for other input.
 */
export function encodeCode128C(digits: string): number[] {
  if (!/^(?:\d\d)+$/.test(digits)) throw new RangeError('Code 128-C takes pairs of digits')
  const values = [START_C, ...(digits.match(/../g) ?? []).map(Number)]
  // The check character is the start value plus each pair times its position, modulo 103.
  const sum = values.reduce((total, value, position) => total + value * position)
  const pattern = [...values, sum % 103].map((v) => characters.slice(v * 6, v * 6 + 6)).join('')
  return Array.from(pattern + STOP, Number)
}
