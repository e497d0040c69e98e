/** Starts the spawner as the executable does in that role. */
import { serveSpawner } from '../../src/spawner/spawner.ts';

serveSpawner();
