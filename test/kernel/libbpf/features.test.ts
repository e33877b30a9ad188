import { strict as assert } from 'node:assert'
import { release } from 'node:os'
import { features, kernelHasFunction } from '../../../src/kernel/libbpf/features.js'
import { skip } from '../../support/skip.js'

/** The kernel's version says what came with it at the latest; a distribution's may have it earlier. */
const isFrom = (major: number, minor: number) => {
  const [a = 0, b = 0] = release().split('.').map(Number)
  return a > major || (a === major && b >= minor)
}

describe('kernel/libbpf features', () => {
  before(function () {
    if (process.getuid?.() !== 0) skip(this, 'trying BPF needs root')
  })

  it('has what came with this version, whatever its distribution', () => {
    const since = [
      [features.ringBuffer, 5, 8],
      [features.tunnelLocalIp, 6, 0],
      [features.tcx, 6, 6],
    ] as const
    for (const [has, major, minor] of since) if (isFrom(major, minor)) assert.equal(has(), true)
  })

  it('knows functions of the kernel by its BTF', function () {
    if (!kernelHasFunction('tcp_sendmsg')) skip(this, 'the kernel has no BTF')
    assert.equal(kernelHasFunction('tc_setup_cb_add'), true)
    assert.equal(kernelHasFunction('no_such_function'), false)
    // A type is none.
    assert.equal(kernelHasFunction('sk_buff'), false)
  })
})
