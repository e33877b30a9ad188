import { kernelConfig } from '../../../kernel/config.js'
import { files } from '../../../kernel/index.js'
import { KERNEL_PARTS, type KernelPart } from '../kernel-parts.js'
import type { KernelState, PartState } from '../state.js'

export function readKernel(): KernelState {
  const release = files.readText('/proc/sys/kernel/osrelease') ?? ''
  const config = kernelConfig('/', release)
  const modules = readModules(release)
  const parts = Object.entries(KERNEL_PARTS).map(([part, names]) => {
    const built = config.get(names.option)
    const module = 'module' in names ? modules(names.module) : undefined
    return [part, { ...(built !== undefined && { config: built }), ...(module !== undefined && { module }) }] as const
  })
  return {
    release,
    ...(config.source !== undefined && { configSource: config.source }),
    parts: Object.fromEntries(parts) as Record<KernelPart, PartState>,
    modulesFrozen: files.readText('/proc/sys/kernel/modules_disabled') === '1',
  }
}

/** Where modules are, and which ones are none because they are built in: modules.dep(5), Documentation/kbuild/kbuild.rst. */
function readModules(release: string): (name: string) => PartState['module'] {
  const linesOf = (path: string) => files.readText(path)?.split('\n')
  const loaded = new Set(linesOf('/proc/modules')?.map((line) => line.split(' ', 1)[0]))
  const builtIn = new Set(linesOf(`/lib/modules/${release}/modules.builtin`)?.map(moduleName))
  const dependencies = linesOf(`/lib/modules/${release}/modules.dep`)
  const loadable = dependencies && new Set(dependencies.map((line) => moduleName(line.split(':', 1)[0] ?? '')))
  return (name) => {
    if (loaded.has(name)) return 'loaded'
    if (builtIn.has(name)) return 'built in'
    if (loadable === undefined) return undefined
    return loadable.has(name) ? 'loadable' : 'absent'
  }
}

/** `kernel/net/sched/cls_flower.ko.xz`: `cls_flower`; a dash in a file's name is an underscore in the module's. */
function moduleName(path: string): string {
  return (path.split('/').at(-1) ?? '').replace(/\.ko(\.\w+)?$/, '').replaceAll('-', '_')
}
