namespace ClientLb.Simulation.Drawing;

/// <summary>A picture of bars: a line for each policy, a panel for each size.</summary>
/// <param name="FileName">The file's name.</param>
/// <param name="Title">What is to be seen.</param>
/// <param name="Note">What the numbers are.</param>
/// <param name="Scale">How long a bar is.</param>
/// <param name="Panels">The panels' titles.</param>
/// <param name="Lines">The lines, from top to bottom.</param>
internal sealed record Chart(
    string FileName, string Title, string Note, Scale Scale, IReadOnlyList<string> Panels, IReadOnlyList<ChartLine> Lines);
