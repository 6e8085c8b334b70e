// Answers the prompts of greedy.json (check_transformers.py) with llama.cpp and compares tokens and answers.
//   npm install node-llama-cpp && node check_llama.mjs greedy.json quatrain-q8_0.gguf ...
import {readFileSync} from "node:fs";
import {createRequire} from "node:module";
import {pathToFileURL} from "node:url";

const require = createRequire(process.cwd() + "/");       // the package of the folder this is started in
const {getLlama} = await import(pathToFileURL(require.resolve("node-llama-cpp")));
const [rowsFile, ...models] = process.argv.slice(2);
const rows = JSON.parse(readFileSync(rowsFile, "utf8"));
const same = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);

const llama = await getLlama({gpu: false, build: "never", logLevel: "error", maxThreads: 1});
let differences = 0;
for (const file of models) {
    const model = await llama.loadModel({modelPath: file});
    let tokens = 0, answers = 0;
    for (const row of rows) {
        tokens += same([...model.tokenize(row.text, true)], row.ids);
        const context = await model.createContext({contextSize: 256, threads: 1});
        const answer = [];
        for await (const token of context.getSequence().evaluate(row.ids, {temperature: 0})) {
            if (model.isEogToken(token) || answer.length > row.answer.length) break;
            answer.push(token);
        }
        await context.dispose();
        if (same(answer, row.answer)) answers++;
        else console.log(`differs: ${row.prompt}\n${model.detokenize(answer)}`);
    }
    differences += 2 * rows.length - tokens - answers;
    console.log(`${file}: tokens equal ${tokens} of ${rows.length}, answers equal ${answers} of ${rows.length}`);
}
process.exit(differences ? 1 : 0);
