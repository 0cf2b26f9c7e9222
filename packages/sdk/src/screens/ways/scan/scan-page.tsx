import type { CollectionRef } from '@campus-ecode/protocol/collections'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { ShownProblem } from '../../../model.ts'
import { Icon } from '../../icon.tsx'
import { PageBar } from '../../page-bar.tsx'
import { useView } from '../../view.ts'
import { Scanned } from '../scanned.tsx'
import { useWays } from '../use-ways.ts'
import { waysIcons } from '../ways-icon-paths.ts'
import { Told, ToldProblem } from '../ways-problem.tsx'
import { cameraHelp } from './camera-help.ts'
import { NotHere, useCollects } from './not-here.tsx'
import { readPicture } from './read-picture.ts'
import { openReader, ReaderMissing, type ReadSource } from './read-qr.ts'
import { type CameraState, useCamera } from './use-camera.ts'
import { useHostScanner } from './use-host-scanner.ts'
import { type Scan, whatIsIt } from './what-is-it.ts'

/** What was read, and stands in the finder's place until the person goes on. */
type Found =
  | { kind: 'asking' }
  | (Scan & { kind: 'other' })
  | { kind: 'problem'; problem: ShownProblem }

/** R24, R25: by the host's scanner, the camera, a picture or the number; only text is taken from any. */
export function ScanPage() {
  const { scanned } = useWays()
  const collects = useCollects()
  if (scanned.state.value) return <Scanned />
  return collects ? <Scanner /> : <NotHere />
}

function Scanner() {
  const { model, t, go, back, say, chunks, host } = useView()
  const ways = useWays()
  const [found, setFound] = useState<Found>()
  const video = useRef<HTMLVideoElement>(null)
  const album = useRef<HTMLInputElement>(null)
  const busy = useRef(false)
  const reader = useRef<Promise<ReadSource>>(undefined)
  const read = () => {
    reader.current ??= openReader(async () => (await chunks.part('reader')).readQr)
    return reader.current
  }

  async function ask(ref: CollectionRef) {
    setFound({ kind: 'asking' })
    const done = await ways.resolve(ref)
    if (done.kind === 'done') go({ name: 'in_ways', page: 'collection', collection: done.value })
    else if (done.kind === 'refused') setFound({ kind: 'problem', problem: done.problem })
  }

  function take(text: string) {
    if (busy.current) return
    busy.current = true
    navigator.vibrate?.(40)
    const scan = whatIsIt(text)
    if (scan.kind === 'collection') void ask({ link: text })
    else setFound(scan)
  }

  function again() {
    busy.current = false
    setFound(undefined)
  }

  async function look(file: Blob | undefined) {
    if (!file || busy.current) return
    busy.current = true
    setFound({ kind: 'asking' })
    try {
      const text = await readPicture(file, await read())
      busy.current = false
      if (text) take(text)
      else setFound({ kind: 'other', title: 'scanNoCode' })
    } catch (cause) {
      busy.current = false
      setFound(
        cause instanceof ReaderMissing
          ? { kind: 'problem', problem: { code: 'NETWORK_LOST' } }
          : { kind: 'other', title: 'scanNoPicture' },
      )
    }
  }

  const scanner = useHostScanner(model.host.value, host, take, back)
  const camera = useCamera(video, read, scanner === 'none' && !found, take)
  const works = camera.state === 'live' || camera.state === 'starting'
  useEffect(() => {
    if (camera.state === 'live' && !found) say(t('scanAim'))
  }, [camera.state, found])

  if (found?.kind === 'problem' && found.problem.code === 'COLLECTION_NOT_HERE') return <NotHere />
  return (
    <div class="page scan">
      <PageBar title={t('scan')} />
      <div class="finder" part="finder">
        <video ref={video} class="finder-video" playsInline muted />
        {found?.kind === 'asking' ? (
          <p class="finder-text" aria-busy="true">
            {t('scanAsking')}
          </p>
        ) : found ? (
          <FoundPanel found={found} again={again} />
        ) : scanner !== 'none' ? (
          <p class="finder-text">{t('scanHost')}</p>
        ) : works ? (
          <>
            <span class="finder-frame" aria-hidden="true">
              <i />
            </span>
            <p class="finder-text">{t(camera.state === 'live' ? 'scanAim' : 'scanStarting')}</p>
          </>
        ) : (
          <NoCamera state={camera.state} retry={camera.retry} />
        )}
      </div>
      <div class="scan-ways">
        {camera.torch && (
          <button
            type="button"
            class="plain scan-way"
            aria-pressed={camera.torch.on}
            onClick={camera.torch.turn}
          >
            <Icon d={waysIcons.torch} />
            {t('scanTorch')}
          </button>
        )}
        <button type="button" class="plain scan-way" onClick={() => album.current?.click()}>
          <Icon d={waysIcons.picture} />
          {t('scanAlbum')}
        </button>
        <button
          type="button"
          class="plain scan-way"
          onClick={() => go({ name: 'in_ways', page: 'number' })}
        >
          <Icon d={waysIcons.digits} />
          {t('scanNumber')}
        </button>
        <input
          ref={album}
          type="file"
          accept="image/*"
          hidden
          onChange={({ currentTarget }) => {
            void look(currentTarget.files?.[0])
            // The same picture may be chosen again.
            currentTarget.value = ''
          }}
        />
      </div>
    </div>
  )
}

function FoundPanel({
  found,
  again,
}: {
  found: Exclude<Found, { kind: 'asking' }>
  again(): void
}) {
  const { t } = useView()
  const panel = useRef<HTMLDivElement>(null)
  useEffect(() => panel.current?.querySelector('h2')?.focus({ preventScroll: true }), [])
  const on = { label: 'scanAgain', press: again } as const
  return (
    <div ref={panel} class="panel found">
      {found.kind === 'problem' ? (
        <ToldProblem problem={found.problem} on={on} />
      ) : (
        <Told title={t(found.title)} how={t(`${found.title}_how`)} on={on} />
      )}
    </div>
  )
}

/** R25: how to allow it here; the other two ways stand below. */
function NoCamera({ state, retry }: { state: CameraState; retry(): void }) {
  const { t } = useView()
  const how =
    state === 'denied'
      ? cameraHelp(navigator.userAgent, navigator.maxTouchPoints)
      : state === 'busy'
        ? 'cameraBusy_how'
        : 'cameraNone_how'
  return (
    <div class="panel found">
      <Told
        title={t(
          state === 'denied' ? 'cameraDenied' : state === 'busy' ? 'cameraBusy' : 'cameraNone',
        )}
        how={[t(how), t('cameraElse')].join('\n')}
        on={state === 'none' ? undefined : { label: 'retry', press: retry }}
      />
    </div>
  )
}
