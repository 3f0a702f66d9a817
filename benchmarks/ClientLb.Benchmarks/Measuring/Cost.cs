namespace ClientLb.Benchmarks.Measuring;

/// <summary>What one operation costs.</summary>
/// <param name="Nanoseconds">The median over the repetitions.</param>
/// <param name="Least">The least of them: what is left when nobody disturbs.</param>
/// <param name="Bytes">The managed bytes that it allocates, the median.</param>
internal readonly record struct Cost(double Nanoseconds, double Least, double Bytes);
