import { type LoadedSteering, loadSteering } from '../steering/spec/load.js'
import { fileName, readUserFile } from './user-file.js'

/** Reads a user's file; `-` is standard input. @throws NicsteerError NO_FILE, and what loadSteering throws */
export function readSteering(file: string): LoadedSteering {
  return loadSteering(readUserFile(file, 'give a kind: Steering file; examples/ has some'), fileName(file))
}
