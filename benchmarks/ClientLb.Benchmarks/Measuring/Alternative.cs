namespace ClientLb.Benchmarks.Measuring;

/// <summary>One way of doing a thing: it is measured in turn with all others of its group.</summary>
/// <param name="Name">What it is called in the table.</param>
/// <param name="Run">Does it so many times on the calling thread.</param>
internal sealed record Alternative(string Name, Action<int> Run);
