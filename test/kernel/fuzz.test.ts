import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { NetlinkSocket } from '../../src/kernel/netlink/socket.js'
import { runAll } from '../support/sample.js'
import { type Conversation, replay } from './fuzz/conversation.js'
import { recordAll } from './fuzz/corpus.js'
import { encodedAnswers } from './fuzz/encoded.js'
import { fuzz } from './fuzz/fuzz.js'
import { addresses, neighbours, routes, rules } from './route/cases.js'
import { Namespace } from './support/namespace.js'

const COUNT = runAll() ? 1_000_000 : 100_000
/** Another one for every run; a failure says which. NICSTEER_SEED repeats one. */
const SEED = Number(process.env.NICSTEER_SEED ?? Date.now() >>> 0)

const DEVICES = [
  'link add vlan7 link left type vlan id 7',
  'link add vrf9 type vrf table 9',
  'link add vx1 type vxlan dstport 4789 external',
  'link add gen1 type geneve dstport 6081 external',
  'link add br0 type bridge',
  'link set right master br0',
  'link property add dev left altname another-name',
]

describe(`kernel/fuzz: ${COUNT} messages that no kernel sends`, function () {
  this.timeout(600_000)
  const conversations: Conversation[] = []

  before(function () {
    for (const lines of [[...routes, ...DEVICES], rules, addresses, neighbours]) {
      using ns = Namespace.create(this)
      // What this kernel hasn't got is left out.
      const input = `${lines.join('\n')}\n`
      spawnSync('ip', ['-n', ns.name, '-force', '-batch', '-'], { input })
      ns.tc('qdisc add dev left clsact')
      const open = (protocol: 'route' | 'generic') => () => NetlinkSocket.open(protocol, { netns: ns.path })
      const ifindexes = [ns.ifindexOf('left')]
      conversations.push(...recordAll({ route: open('route'), generic: open('generic') }, { ifindexes }))
    }
    conversations.push(...encodedAnswers())
  })

  it('are made of answers that are understood', () => {
    for (const conversation of conversations) {
      const outcome = replay(conversation, conversation.answers, 0)
      assert.doesNotMatch(outcome, /^NETLINK/, conversation.name)
    }
    assert.ok(conversations.length > 100)
  })

  it('are decoded to values or to errors of ours', () => fuzz(conversations, COUNT, SEED))
})
