using ClientLb.Admission;
using ClientLb.Endpoints;

namespace ClientLb.Clusters;

/// <summary>What an attempt that has ended leaves in the books: of its endpoint, and of the cluster's budget.</summary>
internal static class OutcomeBooks
{
    public static void Enter(EndpointLoad load, in AttemptReport report, RetryBudget budget)
    {
        switch (report.Kind)
        {
            case OutcomeKind.Success:
                load.NoteAnswer(report.EndedAt);
                load.ObserveLatency(report.EndedAt, report.Duration);
                load.Sample(report.EndedAt, report.Duration);
                budget.Deposit();
                break;
            case OutcomeKind.Ignored:
                if (report.IsLowerBound)
                {
                    load.ObserveLowerBound(report.EndedAt, report.Duration);
                }

                break;
            case OutcomeKind.Overloaded:
                load.NoteByte(report.EndedAt);
                load.ObservePenalty(report.EndedAt, report.Duration);
                break;
            case OutcomeKind.Failure:
                if (report.StatusCode != 0)
                {
                    load.NoteByte(report.EndedAt);
                }

                load.ObservePenalty(report.EndedAt, report.Duration);
                break;
            case OutcomeKind.NotSent:
                load.ObservePenalty(report.EndedAt, report.Duration);
                break;
            default:
                throw new InvalidOperationException($"Unknown outcome {report.Kind}.");
        }
    }
}
