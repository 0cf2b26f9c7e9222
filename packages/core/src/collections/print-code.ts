import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toBuffer, toString as toText } from 'qrcode'
import { escapeHtml } from '../http/public-page.ts'
import type { CollectionRow } from './store.ts'

/** Q reads on through a scratch or a stain; the quiet zone is the standard's four modules. */
const DRAWING = { errorCorrectionLevel: 'Q', margin: 4 } as const
const PNG_WIDTH = 1_240

/**
 * Writes a code as a merchant hangs it up: `<number>.png`, `<number>.svg`, and `<number>.html` to be
 * printed on A5.
 *
 * @returns The files' paths.
 */
export async function printCollectionCode(
  code: CollectionRow,
  link: string,
  folder: string,
): Promise<string[]> {
  const svg = await toText(link, { ...DRAWING, type: 'svg' })
  const files = {
    png: await toBuffer(link, { ...DRAWING, type: 'png', width: PNG_WIDTH }),
    svg,
    html: renderSheet(code, svg),
  }
  await mkdir(folder, { recursive: true })
  const paths = []
  for (const [ending, content] of Object.entries(files)) {
    const path = join(folder, `${code.collection_no}.${ending}`)
    await writeFile(path, content)
    paths.push(path)
  }
  return paths
}

function renderSheet(code: CollectionRow, svg: string): string {
  const [school, merchant, terminal] = [
    code.school_name,
    code.merchant_name,
    code.terminal_name,
  ].map(escapeHtml)
  const number = code.collection_no.replace(/^(\d{5})/, '$1 ')
  return `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>${merchant} ${terminal} 收款码</title>
<style>
@page { size: A5 portrait; margin: 10mm }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 128mm; text-align: center; color: #000; background: #fff;
  font: 400 12pt/1.45 "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", system-ui, sans-serif }
h1 { margin: 6mm 0 0; font-size: 24pt; line-height: 1.2 }
h2 { margin: 1mm 0 4mm; font-weight: 400; font-size: 13pt }
svg { display: block; width: 86mm; height: 86mm; margin: 0 auto }
.number { margin: 2mm 0 4mm; font-size: 20pt; letter-spacing: .08em; font-variant-numeric: tabular-nums }
ol { display: inline-block; margin: 0 0 3mm; padding-left: 6mm; text-align: left; font-size: 11pt }
span[lang] { display: block; color: #444; font-size: .85em }
.staff { margin: 3mm 0 0; padding-top: 3mm; border-top: 1px solid #000; font-size: 9.5pt }
</style>
</head>
<body>
<h1>${merchant}</h1>
<h2>${school} · ${terminal}</h2>
${svg}
<p class="number">${number}</p>
<ol>
<li>打开学校 App 里的校园e码通，点「扫一扫」 <span lang="en">Open Campus e-Code, tap Scan</span></li>
<li>扫上面的码，或输入编号 <span lang="en">Scan the code or type its number</span></li>
<li>核对商户名称，输入金额和支付密码 <span lang="en">Check the name, enter amount and password</span></li>
<li>请店员看付款结果页 <span lang="en">Show the result to the staff</span></li>
</ol>
<p class="staff">店员：看结果页上走动的时间和单号尾号，与收款页或终端核对；截图不算。 <span lang="en">Staff: the clock on the result moves, its digits
match your own list. A screenshot is no proof.</span></p>
</body>
</html>
`
}
