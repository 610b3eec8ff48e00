// Loaded into Azurite before its own code. Azurite writes its tables down at the first SIGINT and listens to no
// second one, which would end it half way. Linux sends one for every thread of a supervisor that was killed.
process.on("SIGINT", () => {});
