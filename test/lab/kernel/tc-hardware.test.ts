import assert from 'node:assert/strict'
import { parseMac } from '../../../src/base/types.js'
import { NetlinkSocket } from '../../../src/kernel/netlink/socket.js'
import { getLink } from '../../../src/kernel/rtnl.js'
import {
  asNew,
  dumpFilters,
  ETH_P_ALL,
  ensureClsact,
  type FlowerFilter,
  installFilters,
} from '../../../src/kernel/tc/index.js'
import { vfIp, vfMac } from '../simnic/tunnel-rules.js'
import { inNs, run } from '../support/shell.js'
import { useTopology } from '../support/topology.js'
import { waitFor } from '../support/wait.js'
import { tcJson } from './tc-json.js'

const PINGS = 3

describe('kernel/tc on (emulated) hardware', () => {
  useTopology('single')

  it('reads flags, kinds of counters and the counters themselves as tc does', async () => {
    using socket = NetlinkSocket.open('route')
    const [first, second] = ['pf0vf0', 'pf0vf1'].map((name) => getLink(socket, name)!.ifindex)
    const rule = (from: number, to: number, vf: number): FlowerFilter => {
      ensureClsact(socket, from as FlowerFilter['ifindex'])
      return {
        kind: 'flower',
        ifindex: from as FlowerFilter['ifindex'],
        parent: 'ingress',
        chain: 0,
        priority: 1,
        protocol: ETH_P_ALL,
        match: { ethDst: parseMac(vfMac(0, vf)) },
        flags: { skipSw: true },
        actions: [
          {
            kind: 'mirred',
            operation: 'redirect',
            direction: 'egress',
            ifindex: to as FlowerFilter['ifindex'],
            hwStats: ['delayed'],
            cookie: '6e63737401',
          },
        ],
      }
    }
    const wanted = [rule(first!, second!, 1), rule(second!, first!, 0)]
    for (const { error } of installFilters(socket, wanted)) assert.equal(error, undefined)
    inNs('vf00', 'ping', '-q', '-c', String(PINGS), '-i', '0.2', '-W', '5', vfIp(0, 1))

    const found = () => dumpFilters(socket, { ifindex: first!, parent: 'ingress' })[0] as FlowerFilter
    await waitFor('hardware counts', () => (found().actions[0]?.stats?.hardware.packets ?? 0) >= PINGS)
    const filter = found()
    assert.deepEqual(asNew(filter), wanted[0])
    assert.equal(filter.inHwCount, 1)
    const [action] = filter.actions
    assert.deepEqual(action?.usedHwStats, ['delayed'])
    assert.equal(action?.stats?.software.packets, 0)

    const [theirs] = (
      JSON.parse(run('tc', '-j', '-s', 'filter', 'show', 'dev', 'pf0vf0', 'ingress'), (key, value) =>
        ['installed', 'last_used', 'first_used'].includes(key) ? undefined : value,
      ) as { options?: object }[]
    ).filter(({ options }) => options !== undefined)
    const nameOf = (ifindex: number) => (ifindex === first ? 'pf0vf0' : 'pf0vf1')
    assert.deepEqual(JSON.parse(JSON.stringify(tcJson(filter, nameOf))), theirs)
  })
})
