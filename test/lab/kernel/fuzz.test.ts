import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { listDevlinkDevs } from '../../../src/kernel/devlink/devlink.js'
import { NetlinkSocket } from '../../../src/kernel/netlink/socket.js'
import { getLink } from '../../../src/kernel/rtnl.js'
import { recordAll } from '../../kernel/fuzz/corpus.js'
import { fuzz } from '../../kernel/fuzz/fuzz.js'
import { runAll } from '../../support/sample.js'
import { sh } from '../support/shell.js'
import { table } from './rules-table.js'

const COUNT = runAll() ? 20_000 : 2000
const SEED = Number(process.env.NICSTEER_SEED ?? Date.now() >>> 0)

describe(`kernel/fuzz: ${COUNT} changed answers about an emulated NIC and its filters`, function () {
  this.timeout(600_000)
  before(() => {
    sh('modprobe simnic nics=1 total_vfs=4')
    sh('devlink dev eswitch set pci/0000:d8:00.0 mode switchdev')
    sh('tc qdisc add dev p0 clsact')
  })
  after(() => {
    sh('modprobe -r simnic')
  })

  it('are decoded to values or to errors of ours', () => {
    const rules = Object.values(table)
      .flat()
      .filter(({ on }) => on === 'plain')
    const lines = rules.map(({ tc }, i) => `filter add dev p0 ingress pref ${i + 1} ${tc}`)
    // Rules about other devices are refused.
    spawnSync('tc', ['-force', '-batch', '-'], { input: `${lines.join('\n')}\n` })
    const open = (protocol: 'route' | 'generic') => () => NetlinkSocket.open(protocol)
    using route = NetlinkSocket.open('route')
    using generic = NetlinkSocket.open('generic')
    const ifindexes = [getLink(route, 'p0')!.ifindex]
    const devs = listDevlinkDevs(generic)
    const conversations = recordAll({ route: open('route'), generic: open('generic') }, { ifindexes, devs })
    assert.ok(conversations.filter(({ name }) => name === 'filters of ingress').length > 100)
    fuzz(conversations, COUNT, SEED)
  })
})
