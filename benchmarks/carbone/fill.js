// Fills both templates with carbone, warm, and prints the best time of each in milliseconds (of the clock or of the processor, whichever is less):
//   node fill.js <folder of node_modules> <rounds> <workbook> <its values> <document> <its values>
const fs = require('fs');
const path = require('path');
const [modules, rounds, ...files] = process.argv.slice(2);
const carbone = require(path.join(path.resolve(modules), 'carbone'));

function fill(template, values, out) {
  return new Promise((resolve, reject) => {
    const begun = process.hrtime.bigint(), used = process.cpuUsage();
    carbone.render(template, values, (error, data) => {
      if (error) return reject(error);
      fs.writeFileSync(out, data);
      const { user, system } = process.cpuUsage(used);
      resolve(Math.min(Number(process.hrtime.bigint() - begun) / 1e6, (user + system) / 1e3));
    });
  });
}

(async () => {
  const best = [];
  for (const [template, values] of [files.slice(0, 2), files.slice(2)]) {
    const data = JSON.parse(fs.readFileSync(values, 'utf8'));
    const times = [];
    for (let i = 0; i < Number(rounds) + 3; i++) times.push(await fill(template, data, template + '.out'));
    best.push(Math.min(...times.slice(3)));
  }
  console.log(JSON.stringify(best));
  process.exit(0);
})();
