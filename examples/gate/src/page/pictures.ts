import { find } from './find.ts'

/** Pictures of codes, however they come: dropped, pasted, chosen, or handed over by the page that frames us. */
export function listenForPictures(onPicture: (picture: Blob) => void): void {
  const body = document.body
  body.addEventListener('dragover', (event) => {
    event.preventDefault()
    body.classList.add('dropping')
  })
  body.addEventListener('dragleave', () => body.classList.remove('dropping'))
  body.addEventListener('drop', (event) => {
    event.preventDefault()
    body.classList.remove('dropping')
    offer(event.dataTransfer?.files)
  })
  addEventListener('paste', (event) => offer(event.clipboardData?.files))

  const chooser = find('picture', HTMLInputElement)
  chooser.addEventListener('change', () => {
    offer(chooser.files)
    chooser.value = ''
  })

  function offer(files: FileList | null | undefined) {
    const picture = [...(files ?? [])].find(({ type }) => type.startsWith('image/'))
    if (picture) onPicture(picture)
  }
}

/** The demo shows a phone beside us and stands in for the hand that holds it to the scanner. */
export function listenToFrame(origin: string, onPicture: (picture: Blob) => void): void {
  addEventListener('message', (event) => {
    if (event.origin !== origin || event.source !== parent) return
    if (event.data?.type === 'gate-picture' && event.data.picture instanceof Blob) {
      onPicture(event.data.picture)
    }
  })
  if (parent !== window) parent.postMessage({ type: 'gate-ready' }, origin)
}
