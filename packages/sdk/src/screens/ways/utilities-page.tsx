import { useEffect } from 'preact/hooks'
import { Row, Rows } from '../row.tsx'
import { useWays } from './use-ways.ts'
import { UtilityBegun } from './utility-begun.tsx'
import { waysIcons } from './ways-icon-paths.ts'
import { NotOffered, WaysPageFrame } from './ways-page-frame.tsx'

/** R39: what the dormitories of this person's campus pay for. */
export function UtilitiesPage() {
  const ways = useWays()
  useEffect(() => void ways.loadUtilities(), [ways])
  if (ways.toppedUp.state.value) return <UtilityBegun />
  return (
    <WaysPageFrame
      title="utilities"
      loadable={ways.utilities.value}
      retry={() => void ways.loadUtilities()}
    >
      {(utilities) =>
        utilities.length ? (
          <Rows>
            {utilities.map((utility) => (
              <Row
                key={utility.utilityId}
                icon={waysIcons[utility.kind]}
                label={utility.name}
                value={utility.recent[0]?.label}
                route={{ name: 'in_ways', page: 'utility', utility }}
              />
            ))}
          </Rows>
        ) : (
          <NotOffered title="utilitiesNone" />
        )
      }
    </WaysPageFrame>
  )
}
