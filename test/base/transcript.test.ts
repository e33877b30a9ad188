import assert from 'node:assert/strict'
import { NicsteerError } from '../../src/base/errors.js'
import { ask, askLater, Transcript, useTranscript } from '../../src/base/transcript.js'
import { files } from '../../src/kernel/index.js'

describe('base/transcript', () => {
  const refuse = () => {
    throw new NicsteerError('GONE', 'it is gone', { hint: 'bring it back' })
  }

  it('keeps values, absences and refusals', async () => {
    const transcript = new Transcript()
    {
      using _ = useTranscript(transcript, 'record')
      assert.equal(
        ask('node', 'a', () => 1),
        1,
      )
      assert.equal(
        ask('node', 'a', () => 2),
        1,
        'asked once',
      )
      assert.equal(await askLater('node', 'b', async () => undefined), undefined)
      assert.throws(() => ask('node', 'c', refuse), { code: 'GONE' })
      await assert.rejects(
        askLater('node', 'd', async () => refuse()),
        { code: 'GONE' },
      )
      assert.match(files.readText('/proc/version') ?? '', /^Linux/)
      assert.equal(files.readText('/proc/no/such'), undefined)
      assert.ok(files.listFolder('/proc/self').includes('fd'))
    }
    const never = () => assert.fail('the node is not asked')
    using _ = useTranscript(Transcript.of(JSON.parse(JSON.stringify([...transcript.entries()]))), 'replay')
    assert.equal(ask('node', 'a', never), 1)
    assert.equal(await askLater('node', 'b', never), undefined)
    assert.throws(() => ask('node', 'c', never), { code: 'GONE', message: 'it is gone', hint: 'bring it back' })
    await assert.rejects(askLater('node', 'd', never), { code: 'GONE' })
    assert.match(files.readText('/proc/version') ?? '', /^Linux/)
    assert.equal(files.readText('/proc/no/such'), undefined)
    assert.ok(files.listFolder('/proc/self').includes('fd'))
    assert.throws(() => files.readText('/proc/self/comm'), { code: 'NOT_IN_BUNDLE' })
  })

  it('ends with its scope', () => {
    {
      using _ = useTranscript(new Transcript(), 'replay')
      assert.throws(() => ask('node', 'a', () => 1), { code: 'NOT_IN_BUNDLE' })
    }
    assert.equal(
      ask('node', 'a', () => 3),
      3,
    )
  })
})
