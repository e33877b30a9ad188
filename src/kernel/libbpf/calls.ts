import koffi from 'koffi'
import { library } from './library.js'

/** What C calls a pointer. Where a function may fail it gives null instead, and errno says why. */
export type Pointer = bigint
type Bytes = Uint8Array

/** Nothing is loaded or looked up before it is called. */
function call<F extends (...args: never[]) => unknown>(prototype: string, since?: string): F {
  let bound: F | undefined
  return ((...args) => {
    bound ??= library().bind<F>(prototype, since)
    return bound(...args)
  }) as F
}

/** libbpf.h, btf.h, bpf.h; numbers that are negative are errno. What has another name here hasn't got it in libbpf either. */
export const setPrint = call<(callback: Pointer | null) => void>('void *libbpf_set_print(void *callback)')
export const possibleCpus = call<() => number>('int libbpf_num_possible_cpus()')
export const probeMapType = call<(type: number, options: null) => number>(
  'int libbpf_probe_bpf_map_type(int type, void *options)',
)
export const probeProgramType = call<(type: number, options: null) => number>(
  'int libbpf_probe_bpf_prog_type(int type, void *options)',
)

export const objectOpen = call<(path: string, options: null) => Pointer | null>(
  'void *bpf_object__open_file(str path, void *options)',
)
export const objectLoad = call<(object: Pointer) => number>('int bpf_object__load(void *object)')
export const objectClose = call<(object: Pointer) => void>('void bpf_object__close(void *object)')
export const objectBtf = call<(object: Pointer) => Pointer | null>('void *bpf_object__btf(void *object)')
export const nextMap = call<(object: Pointer, previous: Pointer | null) => Pointer | null>(
  'void *bpf_object__next_map(void *object, void *previous)',
)
export const nextProgram = call<(object: Pointer, previous: Pointer | null) => Pointer | null>(
  'void *bpf_object__next_program(void *object, void *previous)',
)
export const findMap = call<(object: Pointer, name: string) => Pointer | null>(
  'void *bpf_object__find_map_by_name(void *object, str name)',
)

export const mapName = call<(map: Pointer) => string>('str bpf_map__name(void *map)')
export const mapFd = call<(map: Pointer) => number>('int bpf_map__fd(void *map)')
export const mapType = call<(map: Pointer) => number>('int bpf_map__type(void *map)')
export const mapKeyTypeId = call<(map: Pointer) => number>('uint32_t bpf_map__btf_key_type_id(void *map)')
export const mapValueTypeId = call<(map: Pointer) => number>('uint32_t bpf_map__btf_value_type_id(void *map)')
export const mapInitialValue = call<(map: Pointer, size: Bytes) => Pointer | null>(
  'void *bpf_map__initial_value(void *map, void *size)',
)
export const setMaxEntries = call<(map: Pointer, count: number) => number>(
  'int bpf_map__set_max_entries(void *map, uint32_t count)',
)
export const setPinPath = call<(map: Pointer, path: string) => number>('int bpf_map__set_pin_path(void *map, str path)')

export const programName = call<(program: Pointer) => string>('str bpf_program__name(void *program)')
export const programSection = call<(program: Pointer) => string>('str bpf_program__section_name(void *program)')
export const programFd = call<(program: Pointer) => number>('int bpf_program__fd(void *program)')
export const programType = call<(program: Pointer) => number>('int bpf_program__type(void *program)')
export const programAutoload = call<(program: Pointer) => boolean>('bool bpf_program__autoload(void *program)')
export const setAutoload = call<(program: Pointer, load: boolean) => number>(
  'int bpf_program__set_autoload(void *program, bool load)',
)
export const setLogLevel = call<(program: Pointer, level: number) => number>(
  'int bpf_program__set_log_level(void *program, uint32_t level)',
)
export const setLogBuffer = call<(program: Pointer, buffer: Bytes, size: number) => number>(
  'int bpf_program__set_log_buf(void *program, void *buffer, size_t size)',
)
export const programAttach = call<(program: Pointer) => Pointer | null>('void *bpf_program__attach(void *program)')

export const linkFd = call<(link: Pointer) => number>('int bpf_link__fd(void *link)')
export const linkDestroy = call<(link: Pointer) => number>('int bpf_link__destroy(void *link)')
export const linkCreate = call<(program: number, target: number, type: number, options: Bytes | null) => number>(
  'int bpf_link_create(int program, int target, int type, void *options)',
)
export const linkUpdate = call<(link: number, program: number, options: Bytes) => number>(
  'int bpf_link_update(int link, int program, void *options)',
)

export const programLoad = call<
  (type: number, name: string, license: string, code: Bytes, count: number, options: Bytes | null) => number
>('int bpf_prog_load(int type, str name, str license, void *code, size_t count, void *options)')
export const programTestRun = call<(program: number, options: Bytes) => number>(
  'int bpf_prog_test_run_opts(int program, void *options)',
)
export const infoByFd = call<(fd: number, info: Bytes, length: Bytes) => number>(
  'int bpf_obj_get_info_by_fd(int fd, void *info, void *length)',
)
export const pinFd = call<(fd: number, path: string) => number>('int bpf_obj_pin(int fd, str path)')
export const getPinned = call<(path: string) => number>('int bpf_obj_get(str path)')

export const mapLookup = call<(fd: number, key: Bytes, value: Bytes) => number>(
  'int bpf_map_lookup_elem(int fd, void *key, void *value)',
)
export const mapLookupAndDelete = call<(fd: number, key: Bytes, value: Bytes) => number>(
  'int bpf_map_lookup_and_delete_elem(int fd, void *key, void *value)',
)
export const mapUpdate = call<(fd: number, key: Bytes, value: Bytes, flags: number) => number>(
  'int bpf_map_update_elem(int fd, void *key, void *value, uint64_t flags)',
)
export const mapDelete = call<(fd: number, key: Bytes) => number>('int bpf_map_delete_elem(int fd, void *key)')
export const mapNextKey = call<(fd: number, key: Bytes | null, next: Bytes) => number>(
  'int bpf_map_get_next_key(int fd, void *key, void *next)',
)
export const mapLookupBatch = call<
  (fd: number, from: Bytes | null, to: Bytes, keys: Bytes, values: Bytes, count: Bytes, options: null) => number
>('int bpf_map_lookup_batch(int fd, void *from, void *to, void *keys, void *values, void *count, void *options)')
export const mapUpdateBatch = call<(fd: number, keys: Bytes, values: Bytes, count: Bytes, options: Bytes) => number>(
  'int bpf_map_update_batch(int fd, void *keys, void *values, void *count, void *options)',
)
export const mapDeleteBatch = call<(fd: number, keys: Bytes, count: Bytes, options: Bytes) => number>(
  'int bpf_map_delete_batch(int fd, void *keys, void *count, void *options)',
)

export const ringNew = call<(map: number, sample: Pointer, context: null, options: null) => Pointer | null>(
  'void *ring_buffer__new(int map, void *sample, void *context, void *options)',
)
export const ringFree = call<(ring: Pointer) => void>('void ring_buffer__free(void *ring)')
export const ringConsume = call<(ring: Pointer) => number>('int ring_buffer__consume(void *ring)')
export const ringEpollFd = call<(ring: Pointer) => number>('int ring_buffer__epoll_fd(void *ring)')

export const btfOfVmlinux = call<() => Pointer | null>('void *btf__load_vmlinux_btf()')
export const btfFree = call<(btf: Pointer) => void>('void btf__free(void *btf)')
export const btfOfKernel = call<(id: number) => Pointer | null>('void *btf__load_from_kernel_by_id(uint32_t id)')
export const btfType = call<(btf: Pointer, id: number) => Pointer | null>(
  'void *btf__type_by_id(void *btf, uint32_t id)',
)
export const btfName = call<(btf: Pointer, offset: number) => string>(
  'str btf__name_by_offset(void *btf, uint32_t offset)',
)
export const btfSize = call<(btf: Pointer, id: number) => number>('long btf__resolve_size(void *btf, uint32_t id)')
export const btfFind = call<(btf: Pointer, name: string, kind: number) => number>(
  'int btf__find_by_name_kind(void *btf, str name, uint32_t kind)',
)

const libc = koffi.load('libc.so.6')

/** From or to memory that JavaScript hasn't got; the other side is bytes of its own. */
export const copy: (to: Pointer | Bytes, from: Pointer | Bytes, size: number) => void = libc.func(
  'void *memcpy(void *to, void *from, size_t size)',
)
/** The arguments are a va_list, which C passes by reference on the machines with 64 bits that Linux runs on. */
export const format: (to: Bytes, size: number, text: Pointer, list: Pointer) => number = libc.func(
  'int vsnprintf(void *to, size_t size, void *text, void *list)',
)
export const mmap: (
  address: null,
  size: number,
  protection: number,
  flags: number,
  fd: number,
  offset: number,
) => Pointer | null = libc.func(
  'void *mmap(void *address, size_t size, int protection, int flags, int fd, long offset)',
)
export const munmap: (address: Pointer, size: number) => number = libc.func('int munmap(void *address, size_t size)')
