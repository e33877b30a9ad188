import koffi from 'koffi'
import { NicsteerError } from '../../base/errors.js'

/** Of libbpf 1.0 on; 0.x is libbpf.so.0, and its functions return errors in another way. */
const SONAME = 'libbpf.so.1'

export interface Library {
  /** `1.5` */
  readonly version: string
  /**
   * @param prototype in C, as koffi reads it
   * @param since version that brought the function, where it is newer than 1.0
   * @throws NicsteerError LIBBPF_TOO_OLD
   */
  bind<F>(prototype: string, since?: string): F
}

/** @throws NicsteerError LIBBPF_MISSING, LIBBPF_TOO_OLD */
export function loadLibrary(name: string): Library {
  const handle = open(name)
  const has = (symbol: string): boolean => {
    try {
      handle.symbol(symbol)
      return true
    } catch {
      return false
    }
  }
  if (!has('libbpf_major_version')) throw tooOld(`${name} is older than 0.6`, '1.0')
  const major: number = handle.func('uint32_t libbpf_major_version()')()
  const version = `${major}.${handle.func('uint32_t libbpf_minor_version()')()}`
  if (major < 1) throw tooOld(`${name} has version ${version}`, '1.0')
  return {
    version,
    bind<F>(prototype: string, since = '1.0'): F {
      const symbol = /(\w+)\(/.exec(prototype)?.[1] ?? prototype
      if (!has(symbol)) throw tooOld(`libbpf ${version} has no ${symbol}`, since)
      return handle.func(prototype) as F
    },
  }
}

function open(name: string) {
  try {
    return koffi.load(name)
  } catch (cause) {
    throw new NicsteerError('LIBBPF_MISSING', `${name} can't be loaded`, { hint: INSTALL, cause })
  }
}

const INSTALL = 'install libbpf 1.0 or newer: package libbpf1 of Debian 12, Ubuntu 24.04; libbpf of Fedora, RHEL 9'

export function tooOld(what: string, needed: string): NicsteerError {
  return new NicsteerError('LIBBPF_TOO_OLD', `${what}; ${needed} or newer is needed`, { hint: INSTALL })
}

let loaded: Library | undefined

/** The machine's libbpf, loaded when it is first needed. @throws NicsteerError LIBBPF_MISSING, LIBBPF_TOO_OLD */
export function library(): Library {
  loaded ??= loadLibrary(SONAME)
  return loaded
}
