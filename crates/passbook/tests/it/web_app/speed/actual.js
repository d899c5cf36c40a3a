// What the app's own menus and forms send to its core.
globalThis.budget = {
  async make() {
    await $send("create-budget", { budgetName: "Speed", testMode: false });
    this.account = await $send("account-create", { name: "Current", balance: 0, offBudget: false });
    return true;
  },

  async add(entries) {
    const day = (ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
    const added = entries.map(({ number, notes, days_ago }) => ({
      id: crypto.randomUUID(),
      account: this.account,
      amount: 125,
      date: day(days_ago),
      notes,
      sort_order: number,
      cleared: true,
    }));
    await $send("transactions-batch-update", { added });
    const { data } = await $query($q("transactions").filter({ account: this.account }).calculate({ $count: "$id" }));
    return data;
  },
};
true;
