using System.Runtime.InteropServices;

namespace ClientLb.Endpoints;

/// <summary>
/// Everything of an endpoint that a successful attempt reads or writes, side by side. Whoever changes it does so as
/// <see cref="EndpointLoad"/> and <see cref="FailureWindow"/> say.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct EndpointNumbers
{
    /// <summary>Who may come in, and what is in: see <see cref="EndpointLoad"/>.</summary>
    public long Word;

    /// <summary>How many attempts may wait for an answer at once; <see cref="EndpointLoad.NoLimit"/> where nothing bounds them.</summary>
    public int Limit;

    /// <summary>Of what is in, streams and open bodies: they do not count for the limit.</summary>
    public int Streaming;

    /// <summary>The peak-sensitive average (upper half, single precision) and when it was taken (lower half).</summary>
    public long Latency;

    public long LastByteAt;

    public long Successes;

    /// <summary>The current slot of the failure window.</summary>
    public long Slot;

    public int FailuresInARow;

    /// <summary>Up to this success, in its lower 32 bits, each latency is taken: see <see cref="EndpointLoad.SampleInFull"/>.</summary>
    public int SampledUntil;

    /// <summary>What <see cref="RecallScore"/> keeps.</summary>
    public RecallNumbers Recall;
}
