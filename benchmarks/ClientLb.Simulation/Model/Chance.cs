using ClientLb.Endpoints;

namespace ClientLb.Simulation.Model;

/// <summary>One stream of chance. Each purpose has its own, so that every policy meets the same requests and the same slow servers.</summary>
internal sealed class Chance(ulong seed)
{
    private readonly SeededRandomSource _random = new(seed);

    public ulong NextBits() => _random.NextBits();

    public double NextDouble() => (_random.NextBits() >> 11) * (1.0 / (1UL << 53));

    public int Next(int bound) => RandomSourceExtensions.Scale((uint)(_random.NextBits() >> 32), bound);

    public double Exponential(double mean) => -mean * Math.Log(1 - NextDouble());

    /// <summary>Box and Muller's normal deviate.</summary>
    public double Normal() => Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());
}
