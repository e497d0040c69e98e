/** The open database with one small module a noun. Nothing here knows of batching: `writer` decides when. */
import { join } from 'node:path';
import { createAgenda } from './agenda.ts';
import { createArtifacts } from './artifacts.ts';
import { createBrokenFiles } from './broken-files.ts';
import { createCodeVersions } from './code-versions.ts';
import { contentFolder, createContentStore } from './content.ts';
import { type Database, filesFolder, lockFolder, openDatabase } from './database.ts';
import { createDeploymentRuns } from './deployment-runs.ts';
import { createDeploymentVersions } from './deployment-versions.ts';
import { createDeployments } from './deployments.ts';
import { createFlowHistory } from './flow-history.ts';
import { createFlowRuns } from './flow-runs.ts';
import { keepHandedFile } from './handed-files.ts';
import { createHooks } from './hooks.ts';
import { createLedger } from './ledger.ts';
import { createLimits } from './limits.ts';
import { completeMarkLeft } from './log-mark.ts';
import { createLogPlaces } from './log-places.ts';
import { createLogs } from './logs.ts';
import { createMeta } from './meta.ts';
import { createModelLists } from './model-lists.ts';
import { createOverview } from './overview.ts';
import { createProcesses } from './processes.ts';
import { createRegistry } from './registry.ts';
import { createRetries } from './retries.ts';
import { createRunArtifacts } from './run-artifacts.ts';
import { createRunNeighbours } from './run-neighbours.ts';
import { createRunSignals } from './run-signals.ts';
import { createSecrets } from './secrets.ts';
import { createSleeps } from './sleeps.ts';
import { createSnapshots } from './snapshots.ts';
import { createTaskOutlines } from './task-outlines.ts';
import { createTaskRuns } from './task-runs.ts';
import { createTypicalTimes } from './typical-times.ts';
import { createVariables } from './variables.ts';
import { createWaitingRuns } from './waiting-runs.ts';
import { createWriter } from './writer.ts';

export function openStore(path: string) {
  const database: Database = openDatabase(path);
  const dataVersion = database.prepare('pragma data_version').pluck();
  const content = createContentStore(contentFolder(path));
  // Each prepares some dozen statements, and most runs have neither.
  let artifacts: ReturnType<typeof createArtifacts> | undefined;
  let registry: ReturnType<typeof createRegistry> | undefined;
  return {
    path,
    database,
    writer: createWriter(database),
    meta: createMeta(database),
    processes: createProcesses(database, lockFolder(path)),
    flowRuns: createFlowRuns(database),
    taskRuns: createTaskRuns(database),
    taskOutlines: createTaskOutlines(database),
    runArtifacts: createRunArtifacts(database),
    runNeighbours: createRunNeighbours(database),
    codeVersions: createCodeVersions(database),
    snapshots: createSnapshots(database),
    retries: createRetries(database),
    logs: createLogs(database),
    get artifacts() {
      artifacts ??= createArtifacts(database);
      return artifacts;
    },
    logPlaces: createLogPlaces(database),
    hooks: createHooks(database),
    sleeps: createSleeps(database),
    limits: createLimits(database),
    waitingRuns: createWaitingRuns(database),
    secrets: createSecrets(database),
    variables: createVariables(database),
    deployments: createDeployments(database),
    ledger: createLedger(database),
    agenda: createAgenda(database),
    typicalTimes: createTypicalTimes(database),
    deploymentRuns: createDeploymentRuns(database),
    deploymentVersions: createDeploymentVersions(database),
    brokenFiles: createBrokenFiles(database),
    modelLists: createModelLists(database),
    flowHistory: createFlowHistory(database),
    get registry() {
      registry ??= createRegistry(database);
      return registry;
    },
    overview: createOverview(database),
    runSignals: createRunSignals(database),
    content,
    /** Keeps a copy of a file that a task hands on. */
    keepFile: (file: string) => keepHandedFile(content, path, file),
    /** The folder of a run's own, kept over its attempts. */
    runFolder: (flowRunId: number) => join(filesFolder(path), 'runs', String(flowRunId)),
    /** Where copies of snapshots lie that runs work in, each in a folder of the run's number. */
    copiesFolder: join(filesFolder(path), 'copies'),
    /** Changes whenever another connection has committed. */
    dataVersion: () => Number(dataVersion.get()),
    /**
     * Before the last write of all, which says no more than that nothing is left to do: closing syncs it with the file, so
     * it need not wait for the disk by itself.
     */
    relax: () => void database.pragma('synchronous = normal'),
    /** Grows with every row that this connection has written. */
    changeCount: () => changeCount(database),
    close() {
      completeMarkLeft(database);
      database.close();
    },
  };
}

function changeCount(database: Database): number {
  return database.prepare('select total_changes()').pluck().get() as number;
}

export type Store = ReturnType<typeof openStore>;
