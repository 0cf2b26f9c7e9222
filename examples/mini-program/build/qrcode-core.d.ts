// Inner files of `qrcode`, which its types do not tell of.

declare module 'qrcode/lib/core/qrcode' {
  import type { GeneratedQRCodeSegment, QRCode, QRCodeOptions } from 'qrcode'
  export function create(segments: GeneratedQRCodeSegment[], options: QRCodeOptions): QRCode
}

declare module 'qrcode/lib/core/numeric-data' {
  import type { NumericData } from 'qrcode'

  const Segment: new (digits: string) => NumericData
  export default Segment
}
