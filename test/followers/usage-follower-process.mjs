// A usage follower in a process of its own, for tests that kill it. It ends when its standard input does.
import { loadConfig } from '../../dist/config/config.js';
import { Database } from '../../dist/db/database.js';
import { JournalReader } from '../../dist/journal/journal-reader.js';
import { UsageFollower } from '../../dist/usage/usage-follower.js';

const database = new Database(loadConfig());
const follower = new UsageFollower(database, new JournalReader(database));
follower.start();
process.stdout.write('started\n');
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
