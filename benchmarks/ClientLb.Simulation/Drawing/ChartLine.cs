namespace ClientLb.Simulation.Drawing;

/// <summary>A policy's bars.</summary>
/// <param name="Label">The policy.</param>
/// <param name="IsDefault">It is the one to be seen first.</param>
/// <param name="Values">A value for each panel; none where the policy was not run.</param>
internal sealed record ChartLine(string Label, bool IsDefault, IReadOnlyList<double?> Values);
