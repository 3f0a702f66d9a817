using System.Diagnostics;

namespace ClientLb.Benchmarks.Measuring;

/// <summary>
/// Measures alternatives in turn: many short repetitions of each, always one after the other, so that whatever disturbs the machine disturbs
/// all of them alike. Medians and minima; no mean, which one disturbance would spoil.
/// </summary>
internal sealed class Interleaved(int repetitions, TimeSpan repetition, TimeSpan warmUp)
{
    private const int LeastOperations = 4;

    /// <summary>Measures.</summary>
    /// <param name="alternatives">What is compared.</param>
    /// <param name="threads">How many threads do it at once: the cost is that of one operation on one of them.</param>
    public Cost[] Measure(IReadOnlyList<Alternative> alternatives, int threads = 1)
    {
        var counts = WarmUp(alternatives);
        var samples = alternatives.Select(_ => new List<(double Nanoseconds, double Bytes)>(repetitions)).ToArray();
        for (var round = 0; round < repetitions; round++)
        {
            for (var turn = 0; turn < alternatives.Count; turn++)
            {
                // Each comes first equally often: nobody always runs into the caches that the same other one has left.
                var index = (turn + round) % alternatives.Count;
                samples[index].Add(threads == 1
                    ? Once(alternatives[index].Run, counts[index])
                    : AtOnce(alternatives[index].Run, counts[index], threads));
            }
        }

        return [.. samples.Select(static s => new Cost(
            Median(s.Select(static x => x.Nanoseconds)), s.Min(static x => x.Nanoseconds), Median(s.Select(static x => x.Bytes))))];
    }

    /// <summary>Runs all until the compiler has optimised them, and finds how many operations fill one repetition.</summary>
    private int[] WarmUp(IReadOnlyList<Alternative> alternatives)
    {
        var counts = Enumerable.Repeat(LeastOperations, alternatives.Count).ToArray();
        var started = Stopwatch.GetTimestamp();
        do
        {
            for (var i = 0; i < counts.Length; i++)
            {
                var before = ThreadClock.Nanoseconds;
                alternatives[i].Run(counts[i]);
                var each = (ThreadClock.Nanoseconds - before) / (double)counts[i];
                var fitting = repetition.TotalNanoseconds / Math.Max(each, 0.5);
                counts[i] = (int)Math.Clamp(Math.Min(fitting, counts[i] * 4.0), LeastOperations, 10_000_000);
            }

            // The optimised code is compiled on another thread.
            Thread.Sleep(1);
        }
        while (Stopwatch.GetElapsedTime(started) < warmUp);

        GC.Collect();
        return counts;
    }

    private static (double Nanoseconds, double Bytes) Once(Action<int> run, int count)
    {
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        var before = ThreadClock.Nanoseconds;
        run(count);
        var after = ThreadClock.Nanoseconds;
        return ((after - before) / (double)count, (GC.GetAllocatedBytesForCurrentThread() - bytes) / (double)count);
    }

    private static (double Nanoseconds, double Bytes) AtOnce(Action<int> run, int count, int threads)
    {
        using var start = new Barrier(threads);
        var results = new (double Nanoseconds, double Bytes)[threads];
        var workers = Enumerable.Range(0, threads).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            results[i] = Once(run, count);
        })).ToList();
        workers.ForEach(static worker => worker.Start());
        workers.ForEach(static worker => worker.Join());
        return (results.Average(static r => r.Nanoseconds), results.Average(static r => r.Bytes));
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        var middle = sorted.Count / 2;
        return sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
