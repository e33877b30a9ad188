import assert from 'node:assert/strict'
import { type Entry, Transcript, useTranscript } from '../../../src/base/transcript.js'
import { rtnl, tc } from '../../../src/kernel/index.js'
import { openSocket } from '../../../src/kernel/netlink/transcribed-socket.js'
import { Namespace } from '../support/namespace.js'

describe('kernel/netlink/transcribed-socket', () => {
  let ns: Namespace
  beforeEach(function () {
    ns = Namespace.create(this)
    // More than one datagram's worth.
    for (let i = 0; i < 30; i++) ns.ip(`link add name left${i} type veth peer name right${i}`)
  })
  afterEach(() => ns?.[Symbol.dispose]())

  const namesIn = (read: typeof rtnl.listLinks) => {
    using socket = openSocket('route', { netns: ns.path })
    return read(socket).map(({ name }) => name)
  }
  const kept = (transcript: Transcript) => JSON.parse(JSON.stringify([...transcript.entries()])) as Entry[]

  it('is the kernel’s own where no transcript is in use', () => {
    assert.equal(namesIn(rtnl.listLinks).length, 61)
    ns.ip('link del left0')
    assert.equal(namesIn(rtnl.listLinks).length, 59)
  })

  it('answers the same within a moment, and anew in the next', () => {
    const transcript = new Transcript()
    using _ = useTranscript(transcript, 'record')
    const before = namesIn(rtnl.listLinks)
    ns.ip('link del left0')
    assert.deepEqual(namesIn(rtnl.listLinks), before)
    assert.ok(transcript.nextMoment({ make: true }))
    assert.equal(namesIn(rtnl.listLinks).length, before.length - 2)
  })

  it('answers without a kernel what was kept, moment by moment, refusals as well', () => {
    const transcript = new Transcript()
    const devices = (): unknown[] => {
      using socket = openSocket('route', { netns: ns.path })
      const missing = () => rtnl.setLink(socket, 12345 as rtnl.Link['ifindex'], { up: true })
      let refusal: unknown
      try {
        missing()
      } catch (error) {
        refusal = (error as Error).message
      }
      assert.match(String(refusal), /ENODEV/)
      return [rtnl.listLinks(socket), tc.listQdiscs(socket), refusal]
    }
    const told = [] as unknown[]
    {
      using _ = useTranscript(transcript, 'record')
      told.push(devices())
      ns.ip('link del left0')
      transcript.nextMoment({ make: true })
      told.push(devices())
    }
    assert.notDeepEqual(told[0], told[1])
    const read = Transcript.of(kept(transcript))
    ns.ip('link del left1')
    using _ = useTranscript(read, 'replay')
    assert.deepEqual(devices(), told[0])
    assert.ok(read.nextMoment({ make: false }))
    assert.deepEqual(devices(), told[1])
    assert.equal(read.nextMoment({ make: false }), false)
  })

  it('says when something else is asked than was kept', () => {
    const transcript = new Transcript()
    {
      using _ = useTranscript(transcript, 'record')
      namesIn(rtnl.listLinks)
    }
    using _ = useTranscript(Transcript.of(kept(transcript)), 'replay')
    using socket = openSocket('route')
    assert.throws(() => rtnl.listAddresses(socket), { code: 'NOT_IN_BUNDLE' })
  })
})
