// Times to the frame after the one that shows what was waited for, in milliseconds.
globalThis.painting = {
  // The time since the navigation, once `shows` is true and painted.
  of: (shows) =>
    new Promise((painted) => {
      const frame = () => requestAnimationFrame(() => requestAnimationFrame(() => painted(performance.now())));
      if (shows()) return frame();
      const observer = new MutationObserver(() => {
        if (!shows()) return;
        observer.disconnect();
        frame();
      });
      observer.observe(document, { subtree: true, childList: true, characterData: true });
    }),

  // The time from the next event of this type, as `after`.
  from(type, shows) {
    this.after = 0;
    const from = async (event) => {
      const began = event.timeStamp;
      this.after = (await this.of(shows)) - began;
    };
    addEventListener(type, from, { capture: true, once: true });
  },

  // What kept the page's thread for 50 ms or longer: when it began, and for how long.
  tasks: [],
};
new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) painting.tasks.push([startTime, duration]);
}).observe({ type: "longtask", buffered: true });
